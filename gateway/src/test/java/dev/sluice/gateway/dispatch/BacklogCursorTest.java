package dev.sluice.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.client.Clients;
import dev.sluice.gateway.dispatch.BacklogCursor.Look;
import dev.sluice.gateway.request.DispatchedRequest;
import dev.sluice.gateway.store.Backlog;
import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import dev.sluice.message.WorkItem;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BacklogCursorTest {

    private static final Instant RANK = Instant.parse("2026-11-01T12:00:00Z");
    private static final Backlog.Place PLACE = new Backlog.Place(RANK, new UUID(1, 2), 3);

    private long nanos = 17;
    private final BacklogCursor cursor = new BacklogCursor(() -> nanos);

    @Test
    void beginsAtTheStart() {
        assertThat(cursor.choose()).isEqualTo(Look.FROM_START);
        assertThat(cursor.begin(List.of())).isEqualTo(Backlog.Place.START);
    }

    @Test
    void goesOnBehindTheLastBatch() {
        look(0, batch(2, false));
        pass(Duration.ofMillis(999));

        assertThat(cursor.choose()).isEqualTo(Look.ON);
        assertThat(cursor.begin(List.of())).isEqualTo(PLACE);
    }

    @Test
    void looksAMinuteBackEverySecond() {
        look(0, batch(2, false));
        pass(Duration.ofSeconds(1));

        assertThat(cursor.choose()).isEqualTo(Look.BACK);
        assertThat(cursor.begin(List.of())).isEqualTo(Backlog.Place.before(RANK.minusSeconds(60)));
    }

    @Test
    void looksAtPlacesThatEnteredWhereverTheyAre() {
        look(0, batch(2, false));
        pass(Duration.ofSeconds(1));
        cursor.choose();

        assertThat(cursor.begin(List.of(place(RANK.minusSeconds(10)), place(RANK.minusSeconds(7_200)))))
                .isEqualTo(Backlog.Place.before(RANK.minusSeconds(7_200)));
        assertThat(cursor.begin(List.of(place(RANK.plusSeconds(10)))))
                .isEqualTo(Backlog.Place.before(RANK.minusSeconds(60)));
    }

    /** Otherwise each look back would put the cursor a minute further back. */
    @Test
    void staysWhereItIsIfLooksBackFindNothing() {
        look(0, batch(2, false));
        pass(Duration.ofSeconds(1));
        cursor.choose();
        cursor.ended(new Backlog.Batch(List.of(), 0, cursor.begin(List.of()), true));
        assertThat(cursor.choose()).isEqualTo(Look.FROM_START);
        cursor.ended(new Backlog.Batch(List.of(), 0, cursor.begin(List.of()), true));

        assertThat(cursor.choose()).isEqualTo(Look.ON);
        assertThat(cursor.begin(List.of())).isEqualTo(PLACE);
    }

    @Test
    void looksFromTheStartNowAndThenUnderLoad() {
        look(0, batch(2, false));
        pass(Duration.ofSeconds(10));

        assertThat(cursor.choose()).isEqualTo(Look.FROM_START);
    }

    @Test
    void looksFromTheStartOnceNothingLiesBehind() {
        look(0, batch(2, false));
        look(0, new Backlog.Batch(List.of(), 0, PLACE, true));

        assertThat(cursor.choose()).isEqualTo(Look.FROM_START);
    }

    @Test
    void callsOnlyThatTheWholeBacklogWhichWasReadFromTheStartAndTakenInFull() {
        Backlog.Batch all = batch(2, true);
        Backlog.Batch held = new Backlog.Batch(all.requests(), 3, PLACE, true);

        cursor.choose();

        assertThat(cursor.isWholeBacklog(all)).isTrue();
        assertThat(cursor.isWholeBacklog(held)).isFalse();
        assertThat(cursor.isWholeBacklog(batch(2, false))).isFalse();
        look(0, batch(2, false));
        cursor.choose();
        assertThat(cursor.isWholeBacklog(all)).isFalse();
    }

    /** Otherwise the taker would ask for locked rows without a pause. */
    @Test
    void pausesBeforeItLooksAgainAtWhatSomebodyHolds() {
        look(0, new Backlog.Batch(List.of(), 3, PLACE, true));

        assertThat(cursor.untilStart()).isEqualTo(Duration.ofMillis(5));
    }

    /** An old transaction keeps all index entries, so that the entries before the cursor cost ever more to pass. */
    @Test
    void pausesLongerAfterLooksThatCostMore() {
        look(0, batch(2, false));
        look(10, batch(2, false));
        look(10, new Backlog.Batch(List.of(), 0, PLACE, true));

        assertThat(cursor.choose()).isEqualTo(Look.FROM_START);
        pass(Duration.ofMillis(510));
        cursor.ended(batch(2, false));

        assertThat(cursor.untilStart()).isEqualTo(Duration.ofSeconds(10));
        pass(Duration.ofSeconds(9));
        assertThat(cursor.choose()).isEqualTo(Look.ON);
        cursor.ended(new Backlog.Batch(List.of(), 0, PLACE, true));
        assertThat(cursor.choose()).isEqualTo(Look.ON);
        pass(Duration.ofSeconds(1));
        assertThat(cursor.choose()).isEqualTo(Look.FROM_START);
    }

    private void look(int millis, Backlog.Batch batch) {
        cursor.choose();
        cursor.begin(List.of());
        pass(Duration.ofMillis(millis));
        cursor.ended(batch);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private static Backlog.Place place(Instant rank) {
        return new Backlog.Place(rank, new UUID(3, 4), 1);
    }

    private static Backlog.Batch batch(int size, boolean isEnd) {
        WorkItem item = new WorkItem(
                new RequestId(UUID.fromString("019ab000-0000-7000-8000-000000000001")),
                1,
                1,
                5,
                1,
                false,
                Duration.ofMinutes(1),
                RANK,
                null,
                new Payload("text/plain", new byte[0]));
        DispatchedRequest request = new DispatchedRequest(Clients.LOCAL, "echo", 2, item);
        return new Backlog.Batch(Collections.nCopies(size, request), size, PLACE, isEnd);
    }
}
