package dev.sluice.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.queue.PublishLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PublishRoomTest {

    private static final long MB = 1L << 20;

    private final PublishRoom room = new PublishRoom(new PublishLimits(10, 200, 20 * MB, Duration.ofSeconds(1)));
    private final List<String> woken = new ArrayList<>();
    private final Runnable waker = () -> woken.add("woken");

    @Test
    void givesHalfOfThePublishersBounds() {
        PublishRoom.Share share = take(1_000, 100 * MB);

        assertThat(share.rows()).isEqualTo(100);
        assertThat(share.bytes()).isEqualTo(10 * MB);
    }

    @Test
    void givesWhatIsLeft() {
        room.hold(30, 4 * MB);

        PublishRoom.Share share = take(1_000, 100 * MB);

        assertThat(share.rows()).isEqualTo(70);
        assertThat(share.bytes()).isEqualTo(6 * MB);
    }

    @Test
    void givesNothingBelowAMegabyte() {
        room.hold(1, 9 * MB + 1);

        assertThat(room.take(1, 1, waker)).isNull();
        assertThat(room.hasRoom()).isFalse();
    }

    @Test
    void givesNothingWithoutAFreeMessage() {
        room.hold(100, 1);

        assertThat(room.take(1, 1, waker)).isNull();
    }

    @Test
    void wakesWhoWaitsOnceThereIsRoom() {
        room.hold(10, 12 * MB);
        room.take(1, 1, waker);
        room.take(1, 1, waker);

        room.release(1, MB);
        assertThat(woken).isEmpty();
        room.release(1, 2 * MB);
        room.release(1, MB);

        assertThat(woken).hasSize(1);
    }

    @Test
    void aClosedShareIsFreeOnce() {
        PublishRoom.Share share = take(100, 10 * MB);
        room.hold(100, 1);
        room.take(1, 1, waker);

        share.close();
        share.close();

        assertThat(woken).isEmpty();
        assertThat(room.hasRoom()).isFalse();
        room.release(1, 0);
        assertThat(woken).hasSize(1);
    }

    private PublishRoom.Share take(int rows, long bytes) {
        return Objects.requireNonNull(room.take(rows, bytes, waker));
    }
}
