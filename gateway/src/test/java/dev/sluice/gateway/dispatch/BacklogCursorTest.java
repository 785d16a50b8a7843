package dev.sluice.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.client.Clients;
import dev.sluice.gateway.request.DispatchedRequest;
import dev.sluice.gateway.store.Backlog;
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
    private static final Backlog.Place PLACE = new Backlog.Place(NOW.minusSeconds(7), new UUID(1, 2), 3);

    private final BacklogCursor cursor = new BacklogCursor();

    @Test
    void beginsAtTheStart() {
        assertThat(cursor.after(NOW)).isEqualTo(Backlog.Place.START);
        assertThat(cursor.isAtStart()).isTrue();
    }

    @Test
    void goesOnBehindTheLastBatch() {
        cursor.after(NOW);
        cursor.moveBehind(batch());

        assertThat(cursor.after(NOW.plusMillis(999))).isEqualTo(PLACE);
        assertThat(cursor.isAtStart()).isFalse();
    }

    @Test
    void returnsToTheStartEverySecond() {
        cursor.after(NOW);
        cursor.moveBehind(batch());

        assertThat(cursor.after(NOW.plusSeconds(1))).isEqualTo(Backlog.Place.START);
    }

    @Test
    void returnsToTheStartWhenTheClockGoesBack() {
        cursor.after(NOW);
        cursor.moveBehind(batch());

        assertThat(cursor.after(NOW.minusSeconds(3_600))).isEqualTo(Backlog.Place.START);
    }

    @Test
    void looksAgainAtOnceAfterWhatGaveSomething() {
        cursor.after(NOW);
        cursor.moveBehind(batch());

        assertThat(cursor.returnToStart()).isTrue();
        assertThat(cursor.isAtStart()).isTrue();
    }

    /** Else rows that somebody holds would be asked for without a pause, or would keep all others waiting. */
    @Test
    void passesWhatGaveNothingAndPausesBeforeItLooksAgain() {
        cursor.after(NOW);
        cursor.moveBehind(new Backlog.Batch(List.of(), PLACE));

        assertThat(cursor.after(NOW)).isEqualTo(PLACE);
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
        return new Backlog.Batch(List.of(new DispatchedRequest(Clients.LOCAL, "echo", 2, item)), PLACE);
    }
}
