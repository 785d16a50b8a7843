package dev.sluice.gateway.journal;

import static dev.sluice.gateway.journal.TestReports.FIRST_RUN;
import static dev.sluice.gateway.journal.TestReports.KIND;
import static dev.sluice.gateway.journal.TestReports.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The meaning of a report, in every state and order, and at the bounds. */
class PolicyTest {

    /** For each state, the state to which each report of the run that is out leads; a dash where it changes nothing. */
    private static final String EVERY_STATE_AND_REPORT = """
            .         started   progress  output    succeeded transient permanent not-yet  released redelivered canceled
            ACCEPTED  -         -         -         -         -         -         -        -        -           -
            QUEUED    RUNNING   RUNNING   RUNNING   SUCCEEDED RETRYING  FAILED    RETRYING ACCEPTED ACCEPTED    ACCEPTED
            RUNNING   RUNNING   RUNNING   RUNNING   SUCCEEDED RETRYING  FAILED    RETRYING ACCEPTED ACCEPTED    ACCEPTED
            RETRYING  -         -         -         -         -         -         -        -        -           -
            CANCELING CANCELING CANCELING CANCELING SUCCEEDED CANCELED  CANCELED  CANCELED CANCELED CANCELED    CANCELED
            SUCCEEDED -         -         -         -         -         -         -        -        -           -
            FAILED    -         -         -         -         -         -         -        -        -           -
            CANCELED  -         -         -         -         -         -         -        -        -           -
            """;

    private static final int NEXT_ORDINAL = 2;

    private final TestReports reports = new TestReports();
    private final TestPolicy policy = new TestPolicy();

    @Test
    void decidesEveryReportInEveryState() {
        List<String> lines = EVERY_STATE_AND_REPORT.lines().toList();
        List<String> names = List.of(lines.getFirst().trim().split(" +"));
        List<String> wrong = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            List<String> cells = List.of(line.trim().split(" +"));
            for (int i = 1; i < cells.size(); i++) {
                RequestSnapshot before = reports.snapshot(RequestState.valueOf(cells.getFirst()));
                RequestSnapshot after = policy.decided(before, report(names.get(i)));
                String next = after.seq() == before.seq() ? "-" : after.state().name();
                if (!next.equals(cells.get(i))) {
                    wrong.add(cells.getFirst() + " + " + names.get(i) + " = " + next + ", not " + cells.get(i));
                }
            }
        }

        assertThat(wrong).isEmpty();
    }

    @Test
    void ignoresReportsOfAnOlderRun() {
        RequestSnapshot running = reports.snapshot(RequestState.RUNNING).after(lost());
        RequestSnapshot dispatchedAgain = running.after(new RequestEvent.Queued(NOW, 2));

        RequestSnapshot after = policy.decided(dispatchedAgain, reports.succeeded(FIRST_RUN, NEXT_ORDINAL));

        assertThat(after).isEqualTo(dispatchedAgain);
    }

    @Test
    void ignoresRepeatedReports() {
        RequestSnapshot running = reports.snapshot(RequestState.RUNNING);

        RequestSnapshot after = policy.decided(running, reports.started(FIRST_RUN, running.ordinal()));

        assertThat(after).isEqualTo(running);
    }

    @Test
    void takesTheEndOfARunEvenIfItWasOvertaken() {
        RequestSnapshot running =
                policy.decided(reports.snapshot(RequestState.RUNNING), reports.progress(FIRST_RUN, 9));

        RequestSnapshot after = policy.decided(running, reports.succeeded(FIRST_RUN, 3));

        assertThat(after.state()).isEqualTo(RequestState.SUCCEEDED);
    }

    @Test
    void adoptsANewerDelivery() {
        Fence second = new Fence(1, 1);

        RequestSnapshot after = policy.decided(reports.snapshot(RequestState.RUNNING), reports.succeeded(second, 1));

        assertThat(after.state()).isEqualTo(RequestState.SUCCEEDED);
        assertThat(after.fence()).isEqualTo(second);
    }

    @Test
    void failsAResultThatIsTooLarge() {
        Payload result = new Payload(Payload.BINARY, new byte[KIND.maxResult() + 1]);

        RequestEvent event =
                policy.decide(reports.snapshot(RequestState.RUNNING), reports.succeeded(FIRST_RUN, 2, result));

        assertThat(event).isInstanceOfSatisfying(RequestEvent.Failed.class, failed -> {
            assertThat(failed.failureClass()).isEqualTo(FailureClass.PERMANENT);
            assertThat(failed.failure().code()).isEqualTo("result-too-large");
        });
    }

    @Test
    void takesAResultOfExactlyTheLimit() {
        Payload result = new Payload(Payload.BINARY, new byte[KIND.maxResult()]);

        RequestEvent event =
                policy.decide(reports.snapshot(RequestState.RUNNING), reports.succeeded(FIRST_RUN, 2, result));

        assertThat(event).isInstanceOf(RequestEvent.Succeeded.class);
    }

    @Test
    void logsNoProgressBeyondItsBoundButTheEnd() {
        RequestSnapshot busy = reports.snapshot(RequestState.RUNNING);
        for (int ordinal = 2; ordinal < 1_200; ordinal++) {
            busy = policy.decided(busy, reports.progress(FIRST_RUN, ordinal));
        }

        RequestSnapshot after = policy.decided(busy, reports.succeeded(FIRST_RUN, 1_200));

        assertThat(busy.seq()).isEqualTo(Policy.MAX_PROGRESS_SEQ);
        assertThat(after.state()).isEqualTo(RequestState.SUCCEEDED);
    }

    @Test
    void logsNoOutputBeyondItsBound() {
        RequestSnapshot busy = reports.snapshot(RequestState.RUNNING);
        for (int ordinal = 2; ordinal < 1_200; ordinal++) {
            busy = policy.decided(busy, reports.output(FIRST_RUN, ordinal));
        }

        assertThat(busy.seq()).isEqualTo(Policy.MAX_OUTPUT_SEQ);
    }

    /** The broker may deliver twice and out of order; the outcome must not differ. */
    @Test
    void endsTheSameInAnyOrderAndWithDuplicates() {
        for (long seed = 0; seed < 1_000; seed++) {
            List<Report> run = new ArrayList<>();
            for (int copy = 0; copy < 3; copy++) {
                run.addAll(reports.wholeRun());
            }
            Collections.shuffle(run, new Random(seed));

            RequestSnapshot end = reports.snapshot(RequestState.QUEUED);
            for (Report report : run) {
                end = policy.decided(end, report);
            }

            assertThat(end.state()).as("seed %d", seed).isEqualTo(RequestState.SUCCEEDED);
            assertThat(end.attempt()).as("seed %d", seed).isEqualTo(1);
        }
    }

    private Report report(String name) {
        Map<String, Report> byName = Map.of(
                "started", reports.started(FIRST_RUN, NEXT_ORDINAL),
                "progress", reports.progress(FIRST_RUN, NEXT_ORDINAL),
                "output", reports.output(FIRST_RUN, NEXT_ORDINAL),
                "succeeded", reports.succeeded(FIRST_RUN, NEXT_ORDINAL),
                "transient", reports.failed(FailureClass.TRANSIENT, null),
                "permanent", reports.failed(FailureClass.PERMANENT, null),
                "not-yet", reports.failed(FailureClass.NOT_YET, null),
                "released", reports.released(FIRST_RUN, NEXT_ORDINAL, Cause.HANDED_BACK),
                "redelivered", reports.released(new Fence(1, 1), 1, Cause.REDELIVERED),
                "canceled", reports.canceled(FIRST_RUN, NEXT_ORDINAL));
        return byName.getOrDefault(name, reports.started(FIRST_RUN, 0));
    }

    private RequestEvent lost() {
        return new RequestEvent.Returned(NOW, new Fence(1, 1), 0, RequestEvent.Returned.Reason.LOST, NOW);
    }
}
