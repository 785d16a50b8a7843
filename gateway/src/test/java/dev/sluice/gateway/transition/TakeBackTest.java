package dev.sluice.gateway.transition;

import static dev.sluice.gateway.journal.TestReports.FIRST_RUN;
import static dev.sluice.gateway.journal.TestReports.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.journal.TestReports;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.transition.LostRun.Evidence;
import dev.sluice.message.Fence;
import java.util.List;
import org.junit.jupiter.api.Test;

class TakeBackTest {

    private final TestReports reports = new TestReports();

    @Test
    void returnsALostRunUnderAHigherFence() {
        RequestSnapshot after = after(reports.snapshot(RequestState.QUEUED), Evidence.LOST);

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.fence()).isEqualTo(new Fence(1, 1));
    }

    @Test
    void endsACancelThatNoProcessorAnswers() {
        RequestSnapshot after = after(reports.snapshot(RequestState.CANCELING), Evidence.CRASHED);

        assertThat(after.state()).isEqualTo(RequestState.CANCELED);
    }

    @Test
    void countsNoCrashForARequestThatWasOnlyQueued() {
        RequestSnapshot after = after(reports.snapshot(RequestState.QUEUED), Evidence.CRASHED);

        assertThat(after.alone()).isFalse();
    }

    @Test
    void runsACrashedRequestAloneFromThenOn() {
        RequestSnapshot after = after(reports.snapshot(RequestState.RUNNING), Evidence.CRASHED);

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.alone()).isTrue();
    }

    /**
     * The broker may have had the message after all: a run that has started must not run a second time beside itself.
     */
    @Test
    void leavesARunThatHasStartedWhereOnlyItsMessageWasInDoubt() {
        RequestSnapshot started = reports.snapshot(RequestState.RUNNING);

        List<RequestEvent> events = TakeBack.events(started, new LostRun(FIRST_RUN, Evidence.UNPUBLISHED), NOW);

        assertThat(events).isEmpty();
    }

    /** It killed its processors before they could say anything. */
    @Test
    void runsAloneFromThenOnWhatTheBrokerGaveUp() {
        RequestSnapshot after = after(reports.snapshot(RequestState.QUEUED), Evidence.GIVEN_UP);

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.alone()).isTrue();
        assertThat(after.crashes()).isZero();
    }

    @Test
    void endsAsPoisonWhatTheBrokerGaveUpThreeTimesAlone() {
        RequestSnapshot snapshot = reports.snapshot(RequestState.QUEUED);

        for (int dispatch = 1; dispatch <= 4; dispatch++) {
            assertThat(snapshot.state()).as("dispatch %d", dispatch).isEqualTo(RequestState.QUEUED);
            LostRun run = new LostRun(new Fence(dispatch, 0), Evidence.GIVEN_UP);
            for (RequestEvent event : TakeBack.events(snapshot, run, NOW)) {
                snapshot = snapshot.after(event);
            }
            snapshot = snapshot.after(new RequestEvent.Queued(NOW, dispatch + 1));
        }

        assertThat(snapshot.state()).isEqualTo(RequestState.FAILED);
    }

    @Test
    void blamesNoRequestForAMessageThatAProcessorRefused() {
        RequestSnapshot after = after(reports.snapshot(RequestState.QUEUED), Evidence.REFUSED);

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.alone()).isFalse();
    }

    @Test
    void leavesARunThatHasStartedWhereItsMessageIsADeadLetter() {
        RequestSnapshot started = reports.snapshot(RequestState.RUNNING);

        assertThat(List.of(Evidence.REFUSED, Evidence.GIVEN_UP))
                .allSatisfy(evidence -> assertThat(TakeBack.events(started, new LostRun(FIRST_RUN, evidence), NOW))
                        .isEmpty());
    }

    @Test
    void leavesARequestThatWentOn() {
        RequestSnapshot goneOn = reports.snapshot(RequestState.RUNNING);

        List<RequestEvent> events = TakeBack.events(goneOn, new LostRun(Fence.NONE, Evidence.LOST), NOW);

        assertThat(events).isEmpty();
    }

    @Test
    void leavesARequestThatIsNotOut() {
        assertThat(List.of(
                        RequestState.ACCEPTED,
                        RequestState.RETRYING,
                        RequestState.SUCCEEDED,
                        RequestState.FAILED,
                        RequestState.CANCELED))
                .allSatisfy(state -> assertThat(
                                TakeBack.events(reports.snapshot(state), new LostRun(FIRST_RUN, Evidence.CRASHED), NOW))
                        .isEmpty());
    }

    private static RequestSnapshot after(RequestSnapshot before, Evidence evidence) {
        RequestSnapshot after = before;
        for (RequestEvent event : TakeBack.events(before, new LostRun(FIRST_RUN, evidence), NOW)) {
            after = after.after(event);
        }
        return after;
    }
}
