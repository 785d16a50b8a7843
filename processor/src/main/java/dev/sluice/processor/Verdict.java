package dev.sluice.processor;

import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.processor.handler.HandlerException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The last report of a run, from the way in which its handler ended. Pure. */
final class Verdict {

    /** Bytes of a result at most. */
    static final int MAX_RESULT = 1024 * 1024;

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

    static RunReports.Draft afterTold(Run.Reason reason, Duration timeout) {
        return switch (reason) {
            case CANCELED -> Report.Canceled::new;
            case TIMED_OUT ->
                failed(
                        FailureClass.TRANSIENT,
                        new Failure("timeout", "The attempt took longer than " + seconds(timeout) + " s", ""),
                        null);
            case HANDED_BACK -> (id, fence, ordinal, at) -> new Report.Released(id, fence, ordinal, at, false);
        };
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
