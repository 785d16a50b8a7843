package dev.sluice.processor;

import dev.sluice.message.FailureClass;
import dev.sluice.message.Report;

/** How a run ended, for metrics and logs. */
enum Outcome {
    SUCCEEDED,
    FAILED_TRANSIENT,
    FAILED_PERMANENT,
    NOT_YET,
    RELEASED,
    CANCELED;

    static Outcome of(FailureClass failureClass) {
        return switch (failureClass) {
            case TRANSIENT -> FAILED_TRANSIENT;
            case PERMANENT -> FAILED_PERMANENT;
            case NOT_YET -> NOT_YET;
        };
    }

    /** The outcome that a terminal report says. */
    static Outcome of(Report report) {
        return switch (report) {
            case Report.Succeeded _ -> SUCCEEDED;
            case Report.Failed failed -> of(failed.failureClass());
            case Report.Released _ -> RELEASED;
            case Report.Canceled _ -> CANCELED;
            case Report.Started _, Report.Progress _, Report.Output _ ->
                throw new IllegalArgumentException("a run does not end with " + report);
        };
    }
}
