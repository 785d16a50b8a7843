package dev.sluice.queue.rabbit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.queue.OutboundMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

final class UnconfirmedMessagesTest {

    private static final long NOW = 1_000;

    @Test
    void takesEachMessageOutOnce() {
        UnconfirmedMessages unconfirmed = new UnconfirmedMessages(4);
        Outgoing message = outgoing(NOW);
        long number = unconfirmed.add(message);

        assertThat(unconfirmed.take(number)).isSameAs(message);
        assertThat(unconfirmed.take(number)).isNull();
        assertThat(unconfirmed.takeUpTo(number)).isEmpty();
        assertThat(unconfirmed.inFlight()).isZero();
    }

    @Test
    void refusesOneMoreThanItsBound() {
        UnconfirmedMessages unconfirmed = new UnconfirmedMessages(2);
        unconfirmed.add(outgoing(NOW));
        unconfirmed.add(outgoing(NOW));

        assertThat(unconfirmed.hasRoom()).isFalse();
        assertThat(unconfirmed.add(outgoing(NOW))).isZero();
        unconfirmed.take(2);
        assertThat(unconfirmed.add(outgoing(NOW))).isEqualTo(3);
    }

    @Test
    void takesWhatIsDueAndLeavesTheRest() {
        UnconfirmedMessages unconfirmed = new UnconfirmedMessages(4);
        Outgoing due = outgoing(NOW - 1);
        unconfirmed.add(due);
        unconfirmed.add(outgoing(NOW + 1));

        assertThat(unconfirmed.takeDue(NOW)).containsExactly(due);
        assertThat(unconfirmed.inFlight()).isEqualTo(1);
    }

    @Test
    void letsNothingInAfterItsClose() {
        UnconfirmedMessages unconfirmed = new UnconfirmedMessages(4);
        Outgoing message = outgoing(NOW);
        unconfirmed.add(message);

        assertThat(unconfirmed.close()).containsExactly(message);
        assertThat(unconfirmed.add(outgoing(NOW))).isZero();
    }

    @Test
    void keepsCountOverAnyOrderOfConfirms() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            UnconfirmedMessages unconfirmed = new UnconfirmedMessages(64);
            List<Long> open = new ArrayList<>();
            for (int step = 0; step < 5_000; step++) {
                if (unconfirmed.hasRoom() && random.nextBoolean()) {
                    open.add(unconfirmed.add(outgoing(NOW)));
                } else if (!open.isEmpty()) {
                    confirmSome(unconfirmed, open, random);
                }
                assertThat(unconfirmed.inFlight()).as("seed %d", seed).isEqualTo(open.size());
            }
        }
    }

    private static void confirmSome(UnconfirmedMessages unconfirmed, List<Long> open, Random random) {
        long number = open.get(random.nextInt(open.size()));
        if (random.nextInt(10) == 0) {
            unconfirmed.takeUpTo(number);
            open.removeIf(each -> each <= number);
        } else {
            unconfirmed.take(number);
            open.remove(number);
        }
    }

    private static Outgoing outgoing(long deadlineNanos) {
        OutboundMessage message = OutboundMessage.hint("exchange", new byte[0]);
        Outgoing[] made = new Outgoing[1];
        Mono.<Void>create(sink -> made[0] = new Outgoing(message, deadlineNanos, sink))
                .subscribe();
        return made[0];
    }
}
