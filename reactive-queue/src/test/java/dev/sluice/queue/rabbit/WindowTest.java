package dev.sluice.queue.rabbit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.queue.OutboundMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

final class WindowTest {

    private static final long NOW = 1_000;

    @Test
    void takesEachMessageOutOnce() {
        Window window = new Window(4);
        Outgoing message = outgoing(NOW);
        long number = window.add(message);

        assertThat(window.take(number)).isSameAs(message);
        assertThat(window.take(number)).isNull();
        assertThat(window.takeUpTo(number)).isEmpty();
        assertThat(window.inFlight()).isZero();
    }

    @Test
    void refusesOneMoreThanItsBound() {
        Window window = new Window(2);
        window.add(outgoing(NOW));
        window.add(outgoing(NOW));

        assertThat(window.hasRoom()).isFalse();
        assertThat(window.add(outgoing(NOW))).isZero();
        window.take(2);
        assertThat(window.add(outgoing(NOW))).isEqualTo(3);
    }

    @Test
    void takesWhatIsDueAndLeavesTheRest() {
        Window window = new Window(4);
        Outgoing due = outgoing(NOW - 1);
        window.add(due);
        window.add(outgoing(NOW + 1));

        assertThat(window.takeDue(NOW)).containsExactly(due);
        assertThat(window.inFlight()).isEqualTo(1);
    }

    @Test
    void letsNothingInAfterItsClose() {
        Window window = new Window(4);
        Outgoing message = outgoing(NOW);
        window.add(message);

        assertThat(window.close()).containsExactly(message);
        assertThat(window.add(outgoing(NOW))).isZero();
    }

    @Test
    void keepsCountOverAnyOrderOfConfirms() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            Window window = new Window(64);
            List<Long> open = new ArrayList<>();
            for (int step = 0; step < 5_000; step++) {
                if (window.hasRoom() && random.nextBoolean()) {
                    open.add(window.add(outgoing(NOW)));
                } else if (!open.isEmpty()) {
                    confirmSome(window, open, random);
                }
                assertThat(window.inFlight()).as("seed %d", seed).isEqualTo(open.size());
            }
        }
    }

    private static void confirmSome(Window window, List<Long> open, Random random) {
        long number = open.get(random.nextInt(open.size()));
        if (random.nextInt(10) == 0) {
            window.takeUpTo(number);
            open.removeIf(each -> each <= number);
        } else {
            window.take(number);
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
