package dev.sluice.gateway.journal;

import static dev.sluice.gateway.journal.TestReports.FIRST_RUN;
import static dev.sluice.gateway.journal.TestReports.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.Fence;
import java.util.List;
import org.junit.jupiter.api.Test;

class TakeBackTest {

    private final TestReports reports = new TestReports();

    @Test
    void returnsALostRunUnderAHigherFence() {
        RequestSnapshot after = after(reports.snapshot(RequestState.QUEUED), Reason.LOST);

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.fence()).isEqualTo(new Fence(1, 1));
    }

    @Test
    void endsACancelThatNobodyAnswers() {
        RequestSnapshot after = after(reports.snapshot(RequestState.CANCELING), Reason.CRASHED);

        assertThat(after.state()).isEqualTo(RequestState.CANCELED);
    }

    @Test
    void countsNoCrashForWhatWasOnlyQueued() {
        RequestSnapshot after = after(reports.snapshot(RequestState.QUEUED), Reason.CRASHED);

        assertThat(after.alone()).isFalse();
    }

    @Test
    void runsWhatCrashedAloneFromThenOn() {
        RequestSnapshot after = after(reports.snapshot(RequestState.RUNNING), Reason.CRASHED);

        assertThat(after.state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(after.alone()).isTrue();
    }

    @Test
    void leavesARequestThatWentOn() {
        RequestSnapshot goneOn = reports.snapshot(RequestState.RUNNING);

        List<RequestEvent> events = TakeBack.events(goneOn, Fence.NONE, Reason.LOST, NOW);

        assertThat(events).isEmpty();
    }

    @Test
    void leavesWhatIsNotOut() {
        assertThat(List.of(
                        RequestState.ACCEPTED,
                        RequestState.RETRYING,
                        RequestState.SUCCEEDED,
                        RequestState.FAILED,
                        RequestState.CANCELED))
                .allSatisfy(
                        state -> assertThat(TakeBack.events(reports.snapshot(state), FIRST_RUN, Reason.CRASHED, NOW))
                                .isEmpty());
    }

    private static RequestSnapshot after(RequestSnapshot before, Reason reason) {
        RequestSnapshot after = before;
        for (RequestEvent event : TakeBack.events(before, FIRST_RUN, reason, NOW)) {
            after = after.after(event);
        }
        return after;
    }
}
