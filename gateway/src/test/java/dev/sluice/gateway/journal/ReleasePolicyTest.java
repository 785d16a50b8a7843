package dev.sluice.gateway.journal;

import static dev.sluice.gateway.journal.TestReports.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.FailureClass;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** When work that a processor handed back is dispatched again, and when no processor is large enough. */
class ReleasePolicyTest {

    private final TestReports reports = new TestReports();
    private final TestPolicy policy = new TestPolicy();
    private final RequestSnapshot queued = reports.snapshot(RequestState.QUEUED);

    @Test
    void dispatchesAgainAfterThePauseThatTheProcessorAsks() {
        assertReturnedFor(Duration.ofSeconds(40), policy.decide(queued, reports.handedBackFor(Duration.ofSeconds(40))));
    }

    @Test
    void keepsAPauseWithinItsBounds() {
        assertReturnedFor(Duration.ofMinutes(10), policy.decide(queued, reports.handedBackFor(Duration.ofDays(1))));
        assertReturnedFor(Duration.ZERO, policy.decide(queued, reports.handedBackFor(Duration.ofDays(-1))));
    }

    /** Work that waits a day behind runs of hours must not fill the log. */
    @Test
    void dispatchesAgainSeldomOnceTheLogIsLong() {
        RequestSnapshot request = queued;
        Duration waited = Duration.ZERO;
        while (waited.compareTo(Duration.ofDays(1)) < 0 && request.seq() < 2_000) {
            RequestEvent event = policy.decide(request, reports.handedBackFor(request.fence(), Duration.ofMinutes(1)));
            waited = waited.plus(Duration.between(NOW, ((RequestEvent.Returned) event).notBefore()));
            int next = request.fence().dispatch() + 1;
            request = request.after(event).after(new RequestEvent.Queued(NOW, next));
        }

        assertThat(request.seq()).isLessThan(2 * Policy.MAX_PROGRESS_SEQ);
        assertThat(request.attempt()).isZero();
    }

    @Test
    void returnsARequestTooBigForItsProcessorWhileAnotherIsLargeEnough() {
        policy.largestTokens = OptionalInt.of(8);

        RequestEvent event = policy.decide(queued, reports.tooBig(8));

        assertReturnedFor(Duration.ofSeconds(1), event);
        assertThat(queued.after(event).attempt()).isZero();
    }

    @Test
    void failsARequestTooBigForEveryLivingProcessor() {
        policy.largestTokens = OptionalInt.of(7);

        RequestEvent event = policy.decide(queued, reports.tooBig(8));

        assertThat(event).isInstanceOfSatisfying(RequestEvent.Failed.class, failed -> {
            assertThat(failed.failureClass()).isEqualTo(FailureClass.PERMANENT);
            assertThat(failed.failure().code()).isEqualTo("cost-exceeds-tokens");
        });
    }

    @Test
    void failsNothingWhileItKnowsNoProcessor() {
        policy.largestTokens = OptionalInt.empty();

        assertReturnedFor(Duration.ofSeconds(1), policy.decide(queued, reports.tooBig(8)));
    }

    private static void assertReturnedFor(Duration pause, RequestEvent event) {
        assertThat(event).isInstanceOfSatisfying(RequestEvent.Returned.class, returned -> {
            assertThat(returned.reason()).isEqualTo(Reason.HANDED_BACK);
            assertThat(Duration.between(NOW, returned.notBefore())).isEqualTo(pause);
        });
    }
}
