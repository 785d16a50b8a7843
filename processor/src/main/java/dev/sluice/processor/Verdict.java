package dev.sluice.processor;

import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import dev.sluice.processor.handler.HandlerException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Makes the last report of a run from the way in which its handler ended. Pure. */
final class Verdict {

    /** Bytes of a result at most. */
    static final int MAX_RESULT = 1024 * 1024;

    /** Work that is handed back in vain costs a dispatch; once a second that is nothing. */
    private static final Duration MIN_PAUSE = Duration.ofSeconds(1);

    /** Another processor may have tokens long before an attempt that may take hours has ended. */
    private static final Duration MAX_PAUSE = Duration.ofSeconds(60);

    static RunReports.Draft ofResult(Payload result) {
        if (result.size() > MAX_RESULT) {
            return failed(
                    FailureClass.PERMANENT,
                    new Failure(
                            "result-too-large",
                            "The result is larger than " + MAX_RESULT + " bytes",
                            "It has " + result.size() + " bytes"),
                    null);
        }
        return (id, fence, ordinal, at) -> new Report.Succeeded(id, fence, ordinal, at, result);
    }

    static RunReports.Draft ofFailure(Throwable failure) {
        return failure instanceof HandlerException classified
                ? of(classified)
                : failed(
                        FailureClass.TRANSIENT,
                        new Failure(
                                "handler-error",
                                failure.getClass().getName(),
                                failure.getMessage() == null ? "" : failure.getMessage()),
                        null);
    }

    /**
     * After the run was told to end.
     *
     * @param timeout of the attempt
     * @param cost processing tokens that the request takes
     */
    static RunReports.Draft afterTold(EndReason reason, Duration timeout, int cost) {
        return switch (reason) {
            case CANCELED -> Report.Canceled::new;
            case TIMED_OUT ->
                failed(
                        FailureClass.TRANSIENT,
                        new Failure("timeout", "The attempt took longer than " + seconds(timeout) + " s", ""),
                        null);
            case STOPPING, FORSAKEN -> released(Cause.HANDED_BACK, Duration.ZERO, cost); // others may start it at once
            case LATE -> released(Cause.HANDED_BACK, untilTokensAreFree(timeout), cost);
        };
    }

    /**
     * The report of a redelivered run, whose processor may have died of it.
     *
     * @param isLong whether that processor may go on without the message
     */
    static RunReports.Draft redelivered(boolean isLong, int cost) {
        return released(isLong ? Cause.MAY_RUN_ELSEWHERE : Cause.REDELIVERED, Duration.ZERO, cost);
    }

    /** The report of a run that takes more tokens than there are for its kind. */
    static RunReports.Draft costExceedsTokens(int cost) {
        return released(Cause.COST_EXCEEDS_TOKENS, MIN_PAUSE, cost);
    }

    private static RunReports.Draft released(Cause cause, Duration pause, int cost) {
        return (id, fence, ordinal, at) -> new Report.Released(id, fence, ordinal, at, cause, pause, cost);
    }

    /** The longest attempt of the kind, within bounds: the present runs have ended by then. */
    private static Duration untilTokensAreFree(Duration timeout) {
        Duration atLeast = timeout.compareTo(MIN_PAUSE) < 0 ? MIN_PAUSE : timeout;
        return atLeast.compareTo(MAX_PAUSE) < 0 ? atLeast : MAX_PAUSE;
    }

    static RunReports.Draft failed(FailureClass failureClass, Failure failure, @Nullable Duration retryAfter) {
        return (id, fence, ordinal, at) -> new Report.Failed(id, fence, ordinal, at, failureClass, failure, retryAfter);
    }

    private static RunReports.Draft of(HandlerException failure) {
        return switch (failure) {
            case HandlerException.Transient t -> failed(FailureClass.TRANSIENT, t.failure(), t.retryAfter());
            case HandlerException.Permanent p -> failed(FailureClass.PERMANENT, p.failure(), null);
            case HandlerException.NotYet n -> failed(FailureClass.NOT_YET, n.failure(), n.after());
        };
    }

    private static String seconds(Duration duration) {
        return Double.toString(duration.toMillis() / 1_000.0);
    }

    private Verdict() {}
}
