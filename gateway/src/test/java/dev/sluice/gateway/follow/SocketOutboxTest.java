package dev.sluice.gateway.follow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SocketOutboxTest {

    private final SocketOutbox outbox = new SocketOutbox(new UnwrittenAnswers());

    @Test
    void keepsAnswersUpToItsBoundInNumber() {
        say(SocketOutbox.MAX_ANSWERS, 1);
        assertThat(outbox.close()).isNull();

        say(1, 1);

        assertThat(outbox.close()).isEqualTo(CloseCode.TOO_SLOW);
        assertThat(outbox.answers()).hasSize(SocketOutbox.MAX_ANSWERS);
    }

    @Test
    void keepsAnswersUpToItsBoundInBytes() {
        say(2, SocketOutbox.MAX_ANSWER_BYTES / 2);
        assertThat(outbox.close()).isNull();

        say(1, 1);

        assertThat(outbox.close()).isEqualTo(CloseCode.TOO_SLOW);
        assertThat(outbox.answers()).hasSize(2);
    }

    @Test
    void hasRoomAgainOnceItsAnswersAreTaken() {
        say(2, SocketOutbox.MAX_ANSWER_BYTES / 2);
        assertThat(outbox.answers()).hasSize(2);

        say(2, SocketOutbox.MAX_ANSWER_BYTES / 2);

        assertThat(outbox.close()).isNull();
    }

    private void say(int answers, int bytes) {
        for (int i = 0; i < answers; i++) {
            outbox.say(new byte[bytes]);
        }
    }
}
