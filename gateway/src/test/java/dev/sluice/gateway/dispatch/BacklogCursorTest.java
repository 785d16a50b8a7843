package dev.sluice.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.Backlog;
import dev.sluice.gateway.request.DispatchedRequest;
import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import dev.sluice.message.WorkItem;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BacklogCursorTest {

    private static final Instant NOW = Instant.parse("2026-11-01T12:00:00Z");
    private static final Instant DUE = NOW.minusSeconds(7);

    private final BacklogCursor cursor = new BacklogCursor();

    @Test
    void beginsAtTheStart() {
        assertThat(cursor.from(NOW)).isEqualTo(Instant.EPOCH);
        assertThat(cursor.returnToStart()).isFalse();
    }

    @Test
    void goesOnWhereTheLastBatchEnded() {
        cursor.from(NOW);
        cursor.moveBehind(batch());

        assertThat(cursor.from(NOW.plusMillis(999))).isEqualTo(DUE);
    }

    @Test
    void returnsToTheStartEverySecond() {
        cursor.from(NOW);
        cursor.moveBehind(batch());

        assertThat(cursor.from(NOW.plusSeconds(1))).isEqualTo(Instant.EPOCH);
    }

    @Test
    void returnsToTheStartWhenTheClockGoesBack() {
        cursor.from(NOW);
        cursor.moveBehind(batch());

        assertThat(cursor.from(NOW.minusSeconds(3_600))).isEqualTo(Instant.EPOCH);
    }

    @Test
    void returnsToTheStartOnceBeforeTheBacklogIsCalledEmpty() {
        cursor.from(NOW);
        cursor.moveBehind(batch());

        assertThat(cursor.returnToStart()).isTrue();
        assertThat(cursor.from(NOW)).isEqualTo(Instant.EPOCH);
        assertThat(cursor.returnToStart()).isFalse();
    }

    /** Else a row that somebody holds would be asked for without a pause. */
    @Test
    void isNotMovedByABatchThatGaveNothing() {
        cursor.from(NOW);
        cursor.moveBehind(new Backlog.Batch(List.of(), DUE));

        assertThat(cursor.from(NOW)).isEqualTo(Instant.EPOCH);
        assertThat(cursor.returnToStart()).isFalse();
    }

    private static Backlog.Batch batch() {
        WorkItem item = new WorkItem(
                new RequestId(UUID.fromString("019ab000-0000-7000-8000-000000000001")),
                1,
                1,
                5,
                1,
                false,
                Duration.ofMinutes(1),
                NOW,
                null,
                new Payload("text/plain", new byte[0]));
        return new Backlog.Batch(List.of(new DispatchedRequest("local", "echo", 2, item)), DUE);
    }
}
