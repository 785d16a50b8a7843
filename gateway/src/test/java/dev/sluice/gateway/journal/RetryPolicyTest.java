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
import dev.sluice.message.Report.Released.Cause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which failures use up an attempt, and how long the next one waits. */
class RetryPolicyTest {

    private final TestReports reports = new TestReports();
    private final TestPolicy policy = new TestPolicy();

    @Test
    void failsAfterTheLastAttempt() {
        RequestSnapshot last = reports.snapshot(RequestState.RUNNING, KIND.maxAttempts());

        RequestEvent event = policy.decide(last, reports.failed(FailureClass.TRANSIENT, null));

        assertThat(event).isInstanceOf(RequestEvent.Failed.class);
    }

    @Test
    void countsTheAttemptOfARunThatWasNeverReportedStarted() {
        RequestSnapshot queued = reports.snapshot(RequestState.QUEUED, KIND.maxAttempts() - 1);

        RequestEvent event = policy.decide(queued, reports.failed(FailureClass.TRANSIENT, null));

        assertThat(event).isInstanceOf(RequestEvent.Failed.class);
    }

    @Test
    void countsNoAttemptForWorkThatIsNotPossibleYet() {
        RequestSnapshot last = reports.snapshot(RequestState.RUNNING, KIND.maxAttempts());

        RequestSnapshot after = policy.decided(last, reports.failed(FailureClass.NOT_YET, Duration.ofMinutes(3)));

        assertThat(after.state()).isEqualTo(RequestState.RETRYING);
        assertThat(after.attempt()).isEqualTo(KIND.maxAttempts() - 1);
    }

    @Test
    void asksAgainNoSoonerThanInASecond() {
        policy.jitter = 0;
        RequestSnapshot running = reports.snapshot(RequestState.RUNNING);

        assertThat(pause(policy.decide(running, reports.failed(FailureClass.NOT_YET, Duration.ZERO))))
                .isEqualTo(Duration.ofSeconds(1));
        assertThat(pause(policy.decide(running, reports.failed(FailureClass.NOT_YET, null))))
                .isEqualTo(Duration.ofSeconds(1));
        assertThat(pause(policy.decide(running, reports.failed(FailureClass.NOT_YET, Duration.ofSeconds(-3)))))
                .isEqualTo(Duration.ofSeconds(1));
    }

    /** A handler that never stops saying so must not fill the log: 3 events each time. */
    @Test
    void asksAgainSeldomOnceTheLogIsLong() {
        RequestSnapshot request = reports.snapshot(RequestState.RUNNING);
        Duration asked = Duration.ZERO;
        int answers = 0;
        while (asked.compareTo(Duration.ofDays(1)) < 0 && answers < 1_000) {
            RequestEvent event =
                    policy.decide(request, reports.failed(request.fence(), FailureClass.NOT_YET, Duration.ZERO));
            asked = asked.plus(pause(event));
            answers++;
            Fence next = new Fence(request.fence().dispatch() + 1, 0);
            request = request.after(event).after(new RequestEvent.Queued(NOW, next.dispatch()));
            request = policy.decided(request, reports.started(next, 1));
        }

        assertThat(answers).isLessThan(Policy.MAX_PROGRESS_SEQ);
        assertThat(request.attempt()).isEqualTo(1);
    }

    @Test
    void endsWhatIsNotPossibleUntilItsRetentionEnds() {
        RequestSnapshot running = reports.snapshot(RequestState.RUNNING);
        Duration retention = Duration.between(NOW, running.expiresAt());
        policy.now = NOW.plus(retention).minusSeconds(60);

        RequestEvent before = policy.decide(running, reports.failed(FailureClass.NOT_YET, Duration.ofSeconds(59)));
        RequestEvent after = policy.decide(running, reports.failed(FailureClass.NOT_YET, Duration.ofSeconds(60)));

        assertThat(before).isInstanceOf(RequestEvent.Retrying.class);
        assertThat(after).isInstanceOfSatisfying(RequestEvent.Failed.class, failed -> {
            assertThat(failed.failure().code()).isEqualTo("never-ready");
            assertThat(failed.failureClass()).isEqualTo(FailureClass.PERMANENT);
        });
    }

    @Test
    void waitsLongerThanTheLeastPauseIfTheHandlerAsks() {
        RequestSnapshot running = reports.snapshot(RequestState.RUNNING);

        RequestEvent event = policy.decide(running, reports.failed(FailureClass.NOT_YET, Duration.ofMinutes(30)));

        assertThat(pause(event)).isEqualTo(Duration.ofMinutes(30));
    }

    @Test
    void countsNoAttemptForWorkThatWasHandedBack() {
        RequestSnapshot after = policy.decided(
                reports.snapshot(RequestState.RUNNING), reports.released(FIRST_RUN, 2, Cause.HANDED_BACK));

        assertThat(after.attempt()).isZero();
        assertThat(after.crashes()).isZero();
        assertThat(after.alone()).isFalse();
    }

    @Test
    void waitsAsLongAsTheHandlerAsks() {
        RequestEvent event = policy.decide(
                reports.snapshot(RequestState.RUNNING), reports.failed(FailureClass.TRANSIENT, Duration.ofMinutes(3)));

        assertThat(pause(event)).isEqualTo(Duration.ofMinutes(3));
    }

    @Test
    void doublesThePauseUpToTheLongest() {
        List<Duration> pauses = new ArrayList<>();
        for (int attempt = 1; attempt < KIND.maxAttempts(); attempt++) {
            pauses.add(pause(policy.decide(
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
        policy.jitter = 0.25;

        RequestEvent event =
                policy.decide(reports.snapshot(RequestState.RUNNING), reports.failed(FailureClass.TRANSIENT, null));

        assertThat(pause(event)).isEqualTo(Duration.ofMillis(250));
    }

    private static Duration pause(RequestEvent event) {
        return event instanceof RequestEvent.Retrying retrying
                ? Duration.between(NOW, retrying.notBefore())
                : Duration.ofSeconds(-1);
    }
}
