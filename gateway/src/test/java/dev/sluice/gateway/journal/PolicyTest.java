package dev.sluice.gateway.journal;

import static dev.sluice.gateway.journal.TestReports.FIRST_RUN;
import static dev.sluice.gateway.journal.TestReports.KIND;
import static dev.sluice.gateway.journal.TestReports.NOW;
import static dev.sluice.gateway.journal.TestReports.PROCESSOR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PolicyTest {

    /** From each state, what each report of the run that is out leads to; a dash where it changes nothing. */
    private static final String EVERY_STATE_AND_REPORT = """
            .          started    progress   output     succeeded  transient  permanent  not-yet    released   redelivered canceled
            ACCEPTED   -          -          -          -          -          -          -          -          -           -
            QUEUED     RUNNING    RUNNING    RUNNING    SUCCEEDED  RETRYING   FAILED     RETRYING   ACCEPTED   ACCEPTED    ACCEPTED
            RUNNING    RUNNING    RUNNING    RUNNING    SUCCEEDED  RETRYING   FAILED     RETRYING   ACCEPTED   ACCEPTED    ACCEPTED
            RETRYING   -          -          -          -          -          -          -          -          -           -
            CANCELING  CANCELING  CANCELING  CANCELING  SUCCEEDED  CANCELED   CANCELED   CANCELED   CANCELED   CANCELED    CANCELED
            SUCCEEDED  -          -          -          -          -          -          -          -          -           -
            FAILED     -          -          -          -          -          -          -          -          -           -
            CANCELED   -          -          -          -          -          -          -          -          -           -
            """;

    private static final int NEXT_ORDINAL = 2;

    private final TestReports reports = new TestReports();
    private boolean brokerShaken;
    private double jitter = 1.0;

    @Test
    void decidesEveryReportInEveryState() {
        List<String> lines = EVERY_STATE_AND_REPORT.lines().toList();
        List<String> names = List.of(lines.getFirst().trim().split(" +"));
        List<String> wrong = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            List<String> cells = List.of(line.trim().split(" +"));
            for (int i = 1; i < cells.size(); i++) {
                RequestSnapshot before = reports.snapshot(RequestState.valueOf(cells.getFirst()));
                RequestSnapshot after = decided(before, report(names.get(i)));
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

        RequestSnapshot after = decided(dispatchedAgain, reports.succeeded(FIRST_RUN, NEXT_ORDINAL));

        assertThat(after).isEqualTo(dispatchedAgain);
    }

    @Test
    void ignoresRepeatedReports() {
        RequestSnapshot running = reports.snapshot(RequestState.RUNNING);

        RequestSnapshot after = decided(running, reports.started(FIRST_RUN, running.ordinal()));

        assertThat(after).isEqualTo(running);
    }

    @Test
    void takesTheEndOfARunEvenIfItWasOvertaken() {
        RequestSnapshot running = decided(reports.snapshot(RequestState.RUNNING), reports.progress(FIRST_RUN, 9));

        RequestSnapshot after = decided(running, reports.succeeded(FIRST_RUN, 3));

        assertThat(after.state()).isEqualTo(RequestState.SUCCEEDED);
    }

    @Test
    void adoptsANewerDelivery() {
        Fence second = new Fence(1, 1);

        RequestSnapshot after = decided(reports.snapshot(RequestState.RUNNING), reports.succeeded(second, 1));

        assertThat(after.state()).isEqualTo(RequestState.SUCCEEDED);
        assertThat(after.fence()).isEqualTo(second);
    }

    @Test
    void failsAfterTheLastAttempt() {
        RequestSnapshot last = reports.snapshot(RequestState.RUNNING, KIND.maxAttempts());

        RequestEvent event = decide(last, reports.failed(FailureClass.TRANSIENT, null));

        assertThat(event).isInstanceOf(RequestEvent.Failed.class);
    }

    @Test
    void countsTheAttemptOfARunThatWasNeverReportedStarted() {
        RequestSnapshot queued = reports.snapshot(RequestState.QUEUED, KIND.maxAttempts() - 1);

        RequestEvent event = decide(queued, reports.failed(FailureClass.TRANSIENT, null));

        assertThat(event).isInstanceOf(RequestEvent.Failed.class);
    }

    @Test
    void countsNoAttemptForWhatIsNotPossibleYet() {
        RequestSnapshot last = reports.snapshot(RequestState.RUNNING, KIND.maxAttempts());

        RequestSnapshot after = decided(last, reports.failed(FailureClass.NOT_YET, Duration.ofMinutes(3)));

        assertThat(after.state()).isEqualTo(RequestState.RETRYING);
        assertThat(after.attempt()).isEqualTo(KIND.maxAttempts() - 1);
    }

    @Test
    void countsNoAttemptForWorkThatWasHandedBack() {
        RequestSnapshot after =
                decided(reports.snapshot(RequestState.RUNNING), reports.released(FIRST_RUN, NEXT_ORDINAL, false));

        assertThat(after.attempt()).isZero();
        assertThat(after.crashes()).isZero();
        assertThat(after.alone()).isFalse();
    }

    @Test
    void waitsAsLongAsTheHandlerAsks() {
        RequestEvent event = decide(
                reports.snapshot(RequestState.RUNNING), reports.failed(FailureClass.TRANSIENT, Duration.ofMinutes(3)));

        assertThat(pause(event)).isEqualTo(Duration.ofMinutes(3));
    }

    @Test
    void doublesThePauseUpToTheLongest() {
        List<Duration> pauses = new ArrayList<>();
        for (int attempt = 1; attempt < KIND.maxAttempts(); attempt++) {
            pauses.add(pause(decide(
                    reports.snapshot(RequestState.RUNNING, attempt), reports.failed(FailureClass.TRANSIENT, null))));
        }

        assertThat(pauses)
                .containsExactly(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5));
    }

    @Test
    void jittersThePauseInFull() {
        jitter = 0.25;

        RequestEvent event =
                decide(reports.snapshot(RequestState.RUNNING), reports.failed(FailureClass.TRANSIENT, null));

        assertThat(pause(event)).isEqualTo(Duration.ofMillis(250));
    }

    @Test
    void failsAResultThatIsTooLarge() {
        Payload result = new Payload(Payload.BINARY, new byte[KIND.maxResult() + 1]);

        RequestEvent event = decide(reports.snapshot(RequestState.RUNNING), reports.succeeded(FIRST_RUN, 2, result));

        assertThat(event).isInstanceOfSatisfying(RequestEvent.Failed.class, failed -> {
            assertThat(failed.failureClass()).isEqualTo(FailureClass.PERMANENT);
            assertThat(failed.failure().code()).isEqualTo("result-too-large");
        });
    }

    @Test
    void takesAResultOfExactlyTheLimit() {
        Payload result = new Payload(Payload.BINARY, new byte[KIND.maxResult()]);

        RequestEvent event = decide(reports.snapshot(RequestState.RUNNING), reports.succeeded(FIRST_RUN, 2, result));

        assertThat(event).isInstanceOf(RequestEvent.Succeeded.class);
    }

    @Test
    void runsARequestAloneAfterItsFirstCrash() {
        RequestSnapshot crashed = crashed(reports.snapshot(RequestState.RUNNING));

        assertThat(crashed.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(crashed.alone()).isTrue();
        assertThat(crashed.crashes()).isZero();
        assertThat(crashed.attempt()).isZero();
    }

    @Test
    void failsAsPoisonAfterThreeCrashesAlone() {
        RequestSnapshot request = crashed(reports.snapshot(RequestState.RUNNING));
        List<RequestState> states = new ArrayList<>();
        for (int dispatch = 2; dispatch <= 4; dispatch++) {
            request = request.after(new RequestEvent.Queued(NOW, dispatch));
            request = decided(request, reports.started(new Fence(dispatch, 0), 1, true));
            request = crashed(request);
            states.add(request.state());
        }

        assertThat(states).containsExactly(RequestState.ACCEPTED, RequestState.ACCEPTED, RequestState.FAILED);
    }

    @Test
    void blamesNobodyWhileTheBrokerIsShaken() {
        brokerShaken = true;

        RequestSnapshot after = crashed(reports.snapshot(RequestState.RUNNING));

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.alone()).isFalse();
    }

    @Test
    void blamesNobodyForARedeliveryThatNeverRan() {
        RequestSnapshot after =
                decided(reports.snapshot(RequestState.QUEUED), reports.released(new Fence(1, 1), 1, true));

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.alone()).isFalse();
    }

    @Test
    void startsCountingCrashesAgainAfterAVerdict() {
        RequestSnapshot crashed =
                crashed(reports.snapshot(RequestState.RUNNING)).after(new RequestEvent.Queued(NOW, 2));

        RequestSnapshot after = decided(
                crashed,
                new Report.Failed(
                        crashed.id(), new Fence(2, 0), 1, NOW, FailureClass.TRANSIENT, TestReports.FAILURE, null));

        assertThat(after.alone()).isFalse();
        assertThat(after.crashes()).isZero();
    }

    @Test
    void logsNoProgressBeyondItsBoundButTheEnd() {
        RequestSnapshot busy = reports.snapshot(RequestState.RUNNING);
        for (int ordinal = 2; ordinal < 1_200; ordinal++) {
            busy = decided(busy, reports.progress(FIRST_RUN, ordinal));
        }

        RequestSnapshot after = decided(busy, reports.succeeded(FIRST_RUN, 1_200));

        assertThat(busy.seq()).isEqualTo(Policy.MAX_PROGRESS_SEQ);
        assertThat(after.state()).isEqualTo(RequestState.SUCCEEDED);
    }

    @Test
    void logsNoOutputBeyondItsBound() {
        RequestSnapshot busy = reports.snapshot(RequestState.RUNNING);
        for (int ordinal = 2; ordinal < 1_200; ordinal++) {
            busy = decided(busy, reports.output(FIRST_RUN, ordinal));
        }

        assertThat(busy.seq()).isEqualTo(Policy.MAX_OUTPUT_SEQ);
    }

    /** The broker may deliver twice and out of order; the journal must not care. */
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
                end = decided(end, report);
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
                "released", reports.released(FIRST_RUN, NEXT_ORDINAL, false),
                "redelivered", reports.released(new Fence(1, 1), 1, true),
                "canceled", reports.canceled(FIRST_RUN, NEXT_ORDINAL));
        return byName.getOrDefault(name, reports.started(FIRST_RUN, 0));
    }

    private RequestSnapshot crashed(RequestSnapshot running) {
        Fence next = new Fence(running.fence().dispatch(), running.fence().delivery() + 1);
        return decided(running, reports.released(next, 1, true));
    }

    private RequestEvent lost() {
        return new RequestEvent.Returned(NOW, new Fence(1, 1), 0, RequestEvent.Returned.Reason.LOST, NOW);
    }

    private static Duration pause(RequestEvent event) {
        return event instanceof RequestEvent.Retrying retrying
                ? Duration.between(NOW, retrying.notBefore())
                : Duration.ofSeconds(-1);
    }

    private RequestEvent decide(RequestSnapshot snapshot, Report report) {
        RequestEvent event = policy().decide(snapshot, PROCESSOR, report);
        return event == null ? new RequestEvent.Accepted(NOW) : event;
    }

    private RequestSnapshot decided(RequestSnapshot snapshot, Report report) {
        return snapshot.after(decide(snapshot, report));
    }

    private Policy policy() {
        return new Policy(KIND, NOW, brokerShaken, () -> jitter);
    }
}
