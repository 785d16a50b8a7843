package dev.sluice.gateway.journal;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.request.Poison;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Report;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a report means: processors classify, this decides. Pure, apart from the jitter it is given.
 *
 * <pre>
 * stale fence, repeated ordinal, done       nothing
 * failed, transient, attempts left          RETRYING after back-off with full jitter, or when the handler said
 * failed, transient, none left; permanent   FAILED
 * not yet                                   RETRYING, no attempt counted
 * released, not redelivered                 back to the backlog
 * redelivered while it was QUEUED           back to the backlog: it never ran
 * redelivered while it was RUNNING          its processor is gone: a crash; alone from now on; the third one alone is poison
 * anything but success while CANCELING      CANCELED
 * </pre>
 *
 * @param kind the policy of the request's kind
 * @param now for due times
 * @param brokerWasLost whether the broker was away just now: then a redelivery says nothing about processors
 * @param jitter 0 to 1
 */
record Policy(KindPolicy kind, Instant now, boolean brokerWasLost, DoubleSupplier jitter) {

    /** Beyond these the log keeps only what ends the request; see the limits in the README. */
    static final int MAX_PROGRESS_SEQ = 500;

    static final int MAX_OUTPUT_SEQ = 1_000;

    private static final Duration MAX_RETRY_AFTER = Duration.ofHours(24);

    /** The event that {@code report} of {@code processor} makes of {@code snapshot}; null if it changes nothing. */
    @Nullable
    RequestEvent decide(RequestSnapshot snapshot, UUID processor, Report report) {
        if (snapshot.state().isDone() || isStale(snapshot, report)) {
            return null;
        }
        return switch (report) {
            case Report.Started started ->
                new RequestEvent.Started(started.at(), started.fence(), started.ordinal(), processor, started.alone());
            case Report.Progress progress ->
                snapshot.seq() < MAX_PROGRESS_SEQ
                        ? new RequestEvent.Progress(
                                progress.at(), progress.fence(), progress.ordinal(), progress.json())
                        : null;
            case Report.Output output ->
                snapshot.seq() < MAX_OUTPUT_SEQ
                        ? new RequestEvent.Output(output.at(), output.fence(), output.ordinal(), output.chunk())
                        : null;
            case Report.Succeeded succeeded -> succeeded(snapshot, succeeded);
            case Report.Failed failed -> failed(snapshot, failed);
            case Report.Released released -> released(snapshot, released);
            case Report.Canceled canceled ->
                isCanceling(snapshot) ? canceled(canceled) : returned(canceled, Reason.HANDED_BACK);
        };
    }

    private static boolean isStale(RequestSnapshot snapshot, Report report) {
        int order = report.fence().compareTo(snapshot.fence());
        // A terminal report of the current run counts even if it was overtaken by one of its own.
        return order < 0 || (order == 0 && !report.terminal() && report.ordinal() <= snapshot.ordinal());
    }

    private RequestEvent succeeded(RequestSnapshot snapshot, Report.Succeeded report) {
        int size = report.result().size();
        if (size <= kind.maxResult()) {
            return new RequestEvent.Succeeded(report.at(), report.fence(), report.ordinal(), report.result());
        }
        Failure failure = new Failure(
                "result-too-large", "The result has " + size + " bytes, this kind allows " + kind.maxResult(), "");
        return isCanceling(snapshot) ? canceled(report) : ended(report, FailureClass.PERMANENT, failure);
    }

    private RequestEvent failed(RequestSnapshot snapshot, Report.Failed report) {
        if (isCanceling(snapshot)) {
            return canceled(report);
        }
        int attempt = snapshot.ordinal() == 0 ? snapshot.attempt() + 1 : snapshot.attempt();
        return switch (report.failureClass()) {
            case PERMANENT -> ended(report, FailureClass.PERMANENT, report.failure());
            case NOT_YET -> retrying(report, false, pause(report, attempt));
            case TRANSIENT ->
                attempt < snapshot.maxAttempts()
                        ? retrying(report, true, pause(report, attempt))
                        : ended(report, FailureClass.TRANSIENT, report.failure());
        };
    }

    private RequestEvent released(RequestSnapshot snapshot, Report.Released report) {
        if (isCanceling(snapshot)) {
            return canceled(report);
        }
        if (!report.redelivered()) {
            return returned(report, Reason.HANDED_BACK);
        }
        if (snapshot.state() != RequestState.RUNNING || brokerWasLost) {
            return returned(report, Reason.LOST);
        }
        return Poison.isReachedBy(snapshot)
                ? ended(report, FailureClass.PERMANENT, Poison.failure())
                : returned(report, Reason.CRASHED);
    }

    private Duration pause(Report.Failed report, int attempt) {
        Duration asked = report.retryAfter();
        if (asked != null) {
            return asked.compareTo(MAX_RETRY_AFTER) < 0 ? asked : MAX_RETRY_AFTER;
        }
        // Exponential back-off with full jitter, as the AWS Architecture Blog measured it best (2015).
        int doublings = Math.min(30, Math.max(0, attempt - 1));
        double longest = Math.min(
                (double) kind.maxBackoff().toMillis(), (double) kind.backoff().toMillis() * (1L << doublings));
        return Duration.ofMillis((long) (longest * jitter.getAsDouble()));
    }

    private static boolean isCanceling(RequestSnapshot snapshot) {
        return snapshot.state() == RequestState.CANCELING;
    }

    private RequestEvent retrying(Report.Failed report, boolean counted, Duration pause) {
        return new RequestEvent.Retrying(
                report.at(), report.fence(), report.ordinal(), report.failure(), counted, now.plus(pause));
    }

    private RequestEvent returned(Report report, Reason reason) {
        return new RequestEvent.Returned(report.at(), report.fence(), report.ordinal(), reason, now);
    }

    private static RequestEvent canceled(Report report) {
        return new RequestEvent.Canceled(report.at(), report.fence(), report.ordinal());
    }

    private static RequestEvent ended(Report report, FailureClass failureClass, Failure failure) {
        return new RequestEvent.Failed(report.at(), report.fence(), report.ordinal(), failureClass, failure);
    }
}
