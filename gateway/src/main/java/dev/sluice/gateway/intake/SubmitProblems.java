package dev.sluice.gateway.intake;

import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemType;

/** What a refused submission is answered with. */
public final class SubmitProblems {

    private static final int BACKLOG_RETRY_S = 5;
    private static final int STORE_RETRY_S = 2;
    private static final int DRAINING_RETRY_S = 1;

    /** The refusal as a problem to throw. */
    public static ProblemException of(SubmitRejection rejection) {
        Problem problem = new Problem(typeOf(rejection), String.valueOf(rejection.getMessage()));
        return switch (rejection) {
            case SubmitRejection.CostTooHigh _ ->
                problem.pointing("/options/cost", "more than any processor has").toException();
            case SubmitRejection.BacklogFull _ ->
                problem.retryAfter(BACKLOG_RETRY_S).toException();
            case SubmitRejection.Overloaded _, SubmitRejection.StoreUnavailable _ ->
                problem.retryAfter(STORE_RETRY_S).toException();
            case SubmitRejection.Draining _ ->
                problem.retryAfter(DRAINING_RETRY_S).toException();
            case SubmitRejection.UnknownKind _,
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
            case SubmitRejection.Draining _ -> ProblemType.DRAINING;
        };
    }

    private SubmitProblems() {}
}
