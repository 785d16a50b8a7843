package dev.sluice.gateway.journal;

import static dev.sluice.gateway.journal.TestReports.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which request a processor's death counts against. */
class CrashPolicyTest {

    private final TestReports reports = new TestReports();
    private final TestPolicy policy = new TestPolicy();

    @Test
    void runsARequestAloneAfterItsFirstCrash() {
        RequestSnapshot crashed = policy.redelivered(reports.snapshot(RequestState.RUNNING));

        assertThat(crashed.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(crashed.alone()).isTrue();
        assertThat(crashed.crashes()).isZero();
        assertThat(crashed.attempt()).isZero();
    }

    @Test
    void failsAsPoisonAfterThreeCrashesAlone() {
        RequestSnapshot request = policy.redelivered(reports.snapshot(RequestState.RUNNING));
        List<RequestState> states = new ArrayList<>();
        for (int dispatch = 2; dispatch <= 4; dispatch++) {
            request = request.after(new RequestEvent.Queued(NOW, dispatch));
            request = policy.decided(request, reports.started(new Fence(dispatch, 0), 1, true));
            request = policy.redelivered(request);
            states.add(request.state());
        }

        assertThat(states).containsExactly(RequestState.ACCEPTED, RequestState.ACCEPTED, RequestState.FAILED);
    }

    @Test
    void countsNoCrashWhileTheBrokerWasJustLost() {
        policy.brokerWasLost = true;

        RequestSnapshot after = policy.redelivered(reports.snapshot(RequestState.RUNNING));

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.alone()).isFalse();
    }

    /** A redelivery at once shows that a connection was cut, perhaps no more than that. */
    @Test
    void leavesARunAloneToItsProcessorWhileThatIsNotSilent() {
        policy.silent = false;
        RequestSnapshot alone =
                policy.decided(reports.snapshot(RequestState.QUEUED), reports.started(TestReports.FIRST_RUN, 1, true));

        RequestSnapshot cut = policy.redelivered(alone);
        RequestSnapshot ended = policy.decided(cut, reports.succeeded(TestReports.FIRST_RUN, 2));

        assertThat(cut).isEqualTo(alone);
        assertThat(ended.state()).isEqualTo(RequestState.SUCCEEDED);
    }

    /** It has let go of its message, and the ack was lost with the connection. */
    @Test
    void leavesALongRunToItsProcessorWhileThatIsNotSilent() {
        policy.silent = false;
        policy.brokerWasLost = true;
        RequestSnapshot running = reports.snapshot(RequestState.RUNNING);

        RequestSnapshot after = policy.redeliveredThoughLong(running);
        RequestSnapshot ended = policy.decided(after, reports.succeeded(TestReports.FIRST_RUN, 2));

        assertThat(after).isEqualTo(running);
        assertThat(ended.state()).isEqualTo(RequestState.SUCCEEDED);
    }

    /** If it ended here, nobody would tell its processor, whose tokens it holds for hours. */
    @Test
    void leavesTheEndOfACanceledLongRunToItsProcessor() {
        policy.silent = false;
        RequestSnapshot canceling = reports.snapshot(RequestState.RUNNING).after(new RequestEvent.Canceling(NOW));

        RequestSnapshot after = policy.redeliveredThoughLong(canceling);

        assertThat(after.state()).isEqualTo(RequestState.CANCELING);
    }

    /** It may only seem silent, because the gateways stood still; the look at heartbeats knows more. */
    @Test
    void leavesALongRunOfASilentProcessorToTheLookAtHeartbeats() {
        policy.silent = true;
        RequestSnapshot running = reports.snapshot(RequestState.RUNNING);

        assertThat(policy.redeliveredThoughLong(running)).isEqualTo(running);
    }

    @Test
    void returnsARunBesideOthersAtOnceAndCountsNothing() {
        policy.silent = false;

        RequestSnapshot after = policy.redelivered(reports.snapshot(RequestState.RUNNING));

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.alone()).isTrue();
        assertThat(after.crashes()).isZero();
    }

    @Test
    void countsNoCrashForARunThatItsOwnProcessorHandsBack() {
        RequestSnapshot after = policy.decided(
                reports.snapshot(RequestState.RUNNING), reports.released(new Fence(1, 1), 1, Cause.REDELIVERED));

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.alone()).isFalse();
    }

    @Test
    void countsNoCrashForARedeliveryThatNeverRan() {
        RequestSnapshot after = policy.decided(
                reports.snapshot(RequestState.QUEUED), reports.released(new Fence(1, 1), 1, Cause.REDELIVERED));

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.alone()).isFalse();
    }

    @Test
    void startsCountingCrashesAgainAfterAVerdict() {
        RequestSnapshot crashed =
                policy.redelivered(reports.snapshot(RequestState.RUNNING)).after(new RequestEvent.Queued(NOW, 2));

        RequestSnapshot after = policy.decided(
                crashed,
                new Report.Failed(
                        crashed.id(), new Fence(2, 0), 1, NOW, FailureClass.TRANSIENT, TestReports.FAILURE, null));

        assertThat(after.alone()).isFalse();
        assertThat(after.crashes()).isZero();
    }
}
