package dev.sluice.gateway.intake;

import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemType;

/** The problem document of each refused submission. */
final class SubmitProblems {

    private static final int OVERLOADED_RETRY_S = 2;
    /** A processor that is starting has offered its kinds by then, and each gateway has read the offer. */
    private static final int UNKNOWN_KIND_RETRY_S = 5;

    /** The refusal as a problem to throw. */
    static ProblemException of(SubmitRejection rejection) {
        Problem problem = new Problem(typeOf(rejection), String.valueOf(rejection.getMessage()));
        return switch (rejection) {
            case SubmitRejection.CostTooHigh _ ->
                problem.pointing("/options/cost", "more than any processor has").toException();
            case SubmitRejection.UnknownKind _ ->
                problem.retryAfter(UNKNOWN_KIND_RETRY_S).toException();
            // Submissions that wait for the database are written in a moment; a full backlog takes longer to shrink.
            case SubmitRejection.Overloaded _ ->
                problem.retryAfter(OVERLOADED_RETRY_S).toException();
            case SubmitRejection.OutcomeUnknown unknown ->
                problem.about(unknown.id().toString()).toException();
            case SubmitRejection.BacklogFull _,
                    SubmitRejection.StoreUnavailable _,
                    SubmitRejection.Draining _,
                    SubmitRejection.TooLarge _,
                    SubmitRejection.Unstorable _,
                    SubmitRejection.UnsupportedType _,
                    SubmitRejection.MalformedJson _ -> problem.toException();
        };
    }

    private static ProblemType typeOf(SubmitRejection rejection) {
        return switch (rejection) {
            case SubmitRejection.UnknownKind _ -> ProblemType.UNKNOWN_KIND;
            case SubmitRejection.TooLarge _ -> ProblemType.PAYLOAD_TOO_LARGE;
            case SubmitRejection.UnsupportedType _ -> ProblemType.UNSUPPORTED_MEDIA_TYPE;
            case SubmitRejection.MalformedJson _ -> ProblemType.MALFORMED_JSON;
            case SubmitRejection.CostTooHigh _, SubmitRejection.Unstorable _ -> ProblemType.VALIDATION_FAILED;
            case SubmitRejection.BacklogFull _, SubmitRejection.Overloaded _ -> ProblemType.BACKLOG_FULL;
            case SubmitRejection.StoreUnavailable _ -> ProblemType.STORE_UNAVAILABLE;
            case SubmitRejection.OutcomeUnknown _ -> ProblemType.OUTCOME_UNKNOWN;
            case SubmitRejection.Draining _ -> ProblemType.DRAINING;
        };
    }

    private SubmitProblems() {}
}
