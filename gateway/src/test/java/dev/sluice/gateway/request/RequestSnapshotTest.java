package dev.sluice.gateway.request;

import static dev.sluice.gateway.request.TestRequests.FAILURE;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.request.TestRequests.PROCESSOR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.RequestEvent.Returned;
import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RequestSnapshotTest {

    /** What each event makes of each state; a dot where it is no transition. */
    private static final String TABLE = """
                  Accepted Queued Started   Progress  Output    Retrying Returned Succeeded Failed Canceling Canceled
        ACCEPTED  .        QUEUED .         .         .         .        .        .         .      .         CANCELED
        QUEUED    .        .      RUNNING   RUNNING   RUNNING   RETRYING ACCEPTED SUCCEEDED FAILED CANCELING .
        RUNNING   .        .      RUNNING   RUNNING   RUNNING   RETRYING ACCEPTED SUCCEEDED FAILED CANCELING .
        RETRYING  .        QUEUED .         .         .         .        .        .         .      .         CANCELED
        CANCELING .        .      CANCELING CANCELING CANCELING .        .        SUCCEEDED .      .         CANCELED
        SUCCEEDED .        .      .         .         .         .        .        .         .      .         .
        FAILED    .        .      .         .         .         .        .        .         .      .         .
        CANCELED  .        .      .         .         .         .        .        .         .      .         .
        UNKNOWN   .        .      .         .         .         .        .        .         .      .         .
        """;

    private static final RequestId ID = TestRequests.id();
    private static final Fence FIRST = new Fence(1, 0);

    @Test
    void goesWhereTheTableSays() {
        Map<String, String> wanted = cells();
        Map<String, String> found = new LinkedHashMap<>();

        for (RequestState state : RequestState.values()) {
            for (RequestEvent event : TestRequests.events()) {
                RequestSnapshot before = TestRequests.snapshot(ID, state);
                RequestSnapshot after = before.after(event);
                found.put(
                        state + " " + event.getClass().getSimpleName(),
                        after.equals(before) ? "." : after.state().toString());
            }
        }

        assertThat(found).containsExactlyInAnyOrderEntriesOf(wanted);
    }

    @Test
    void raisesSeqByOneWithEachTransitionAndNeverElse() {
        for (RequestState state : RequestState.values()) {
            for (RequestEvent event : TestRequests.events()) {
                RequestSnapshot before = TestRequests.snapshot(ID, state);
                RequestSnapshot after = before.after(event);
                assertThat(after.seq() - before.seq()).isEqualTo(after.equals(before) ? 0 : 1);
            }
        }
    }

    @Test
    void neverLowersAFence() {
        for (RequestState state : RequestState.values()) {
            for (RequestEvent event : TestRequests.events()) {
                RequestSnapshot before = TestRequests.snapshot(ID, state);
                assertThat(before.after(event).fence()).isGreaterThanOrEqualTo(before.fence());
            }
        }
    }

    @Test
    void countsATryOnceForAnyNumberOfItsReports() {
        RequestSnapshot running = after(queued(), started(1, false), progress(2), progress(3));

        assertThat(running.attempt()).isEqualTo(1);
    }

    @Test
    void countsATryWhoseFirstReportIsItsEnd() {
        RequestSnapshot retrying = after(queued(), retrying(1, true));

        assertThat(retrying.attempt()).isEqualTo(1);
    }

    @Test
    void countsNoTryThatWasNotPossibleYet() {
        RequestSnapshot retrying = after(queued(), started(1, false), retrying(2, false));

        assertThat(retrying.attempt()).isZero();
    }

    @Test
    void countsNoTryThatWasHandedBack() {
        assertThat(after(queued(), returned(Reason.HANDED_BACK)).attempt()).isZero();
        assertThat(after(queued(), started(1, false), returned(Reason.HANDED_BACK))
                        .attempt())
                .isZero();
    }

    @Test
    void runsAloneAfterACrashAndCountsOnlyCrashesAlone() {
        RequestSnapshot first = after(queued(), started(1, false), returned(Reason.CRASHED));
        assertThat(first.alone()).isTrue();
        assertThat(first.crashes()).isZero();

        RequestSnapshot second =
                after(first, new RequestEvent.Queued(NOW, 2), started(1, true), returned(Reason.CRASHED));
        assertThat(second.alone()).isTrue();
        assertThat(second.crashes()).isEqualTo(1);
    }

    @Test
    void stillRunsAloneIfTheRunAfterACrashDidNotStart() {
        RequestSnapshot crashed = after(queued(), started(1, false), returned(Reason.CRASHED));

        RequestSnapshot handedBack = after(crashed, new RequestEvent.Queued(NOW, 2), returned(Reason.HANDED_BACK));

        assertThat(handedBack.alone()).isTrue();
    }

    @Test
    void forgetsCrashesOnceARunEndsByItself() {
        RequestSnapshot crashed = after(queued(), started(1, true), returned(Reason.CRASHED));

        RequestSnapshot retrying = after(crashed, new RequestEvent.Queued(NOW, 2), started(1, true), retrying(2, true));

        assertThat(retrying.crashes()).isZero();
        assertThat(retrying.alone()).isFalse();
    }

    @Test
    void forgetsNoCancelBecauseTheWorkStartedAfterIt() {
        RequestSnapshot canceling = after(queued(), new RequestEvent.Canceling(NOW), started(1, false));

        assertThat(canceling.state()).isEqualTo(RequestState.CANCELING);
        assertThat(canceling.processor()).isEqualTo(PROCESSOR);
    }

    @Test
    void knowsItsProcessorOnlyWhileItRuns() {
        assertThat(after(queued(), started(1, false)).processor()).isEqualTo(PROCESSOR);
        assertThat(after(queued(), started(1, false), retrying(2, true)).processor())
                .isNull();
        assertThat(after(queued(), started(1, false), new RequestEvent.Succeeded(NOW, FIRST, 2, TestRequests.RESULT))
                        .processor())
                .isNull();
    }

    @Test
    void freesASlotWhenItIsNoLongerOut() {
        assertThat(RequestChange.of(queued(), List.of(started(1, false))).frees())
                .isFalse();
        assertThat(RequestChange.of(queued(), List.of(retrying(1, true))).frees())
                .isTrue();
    }

    private static RequestSnapshot queued() {
        return TestRequests.snapshot(ID, RequestState.QUEUED);
    }

    private static RequestSnapshot after(RequestSnapshot before, RequestEvent... events) {
        return RequestChange.of(before, List.of(events)).after();
    }

    private static RequestEvent started(int ordinal, boolean alone) {
        return new RequestEvent.Started(NOW, FIRST, ordinal, PROCESSOR, alone);
    }

    private static RequestEvent progress(int ordinal) {
        return new RequestEvent.Progress(NOW, FIRST, ordinal, "1");
    }

    private static RequestEvent retrying(int ordinal, boolean counted) {
        return new RequestEvent.Retrying(NOW, FIRST, ordinal, FAILURE, counted, NOW);
    }

    private static RequestEvent returned(Reason reason) {
        return new Returned(NOW, new Fence(1, 1), 0, reason, NOW);
    }

    private static Map<String, String> cells() {
        List<List<String>> rows = TABLE.lines()
                .map(line -> List.of(line.strip().split("\\s+", -1)))
                .collect(Collectors.toCollection(ArrayList::new));
        List<String> events = rows.removeFirst();
        Map<String, String> cells = new LinkedHashMap<>();
        for (List<String> row : rows) {
            for (int i = 0; i < events.size(); i++) {
                cells.put(row.getFirst() + " " + events.get(i), row.get(i + 1));
            }
        }
        return cells;
    }
}
