package dev.sluice.gateway.intake;

import dev.sluice.message.RequestId;

/** The reason for the refusal of a submission. Nothing was stored or published, unless it is {@link OutcomeUnknown}. */
public abstract sealed class SubmitRejection extends RuntimeException {

    private SubmitRejection(String message) {
        super(message, null, false, false); // expected under load: no stack trace to fill
    }

    public static final class UnknownKind extends SubmitRejection {
        UnknownKind() {
            super("There is no kind of this name: no processor has offered it yet and no configuration declares it."
                    + " GET /v1/kinds lists the kinds");
        }
    }

    public static final class TooLarge extends SubmitRejection {
        TooLarge(int maxBytes) {
            super("The input may have at most " + maxBytes + " bytes");
        }
    }

    public static final class UnsupportedType extends SubmitRejection {
        UnsupportedType(String message) {
            super(message);
        }
    }

    public static final class MalformedJson extends SubmitRejection {
        MalformedJson(int at) {
            super("Not valid JSON, or past its limits, at byte " + at);
        }
    }

    public static final class CostTooHigh extends SubmitRejection {
        CostTooHigh(int cost, int largest) {
            super("No processor of this kind has more than " + largest + " tokens; the request asks for " + cost);
        }
    }

    /** Postgres refused this request alone. */
    public static final class Unstorable extends SubmitRejection {
        Unstorable() {
            super("The database cannot keep this request as it is");
        }
    }

    /** The kind's backlog has reached its bound. */
    public static final class BacklogFull extends SubmitRejection {
        BacklogFull() {
            super("The backlog of this kind has reached its bound");
        }
    }

    /** The number or the bytes of the submissions that wait for the database are at their bound. */
    public static final class Overloaded extends SubmitRejection {
        Overloaded() {
            super("Too many submissions wait for the database");
        }
    }

    public static final class StoreUnavailable extends SubmitRejection {
        StoreUnavailable() {
            super("The database did not take the request");
        }
    }

    /** The database fell silent during the write. A later read shows whether the request exists. */
    public static final class OutcomeUnknown extends SubmitRejection {

        private final RequestId id;

        OutcomeUnknown(RequestId id) {
            super("The database did not say whether it stored the request; look it up before you submit again");
            this.id = id;
        }

        /** The id of the request, if it exists. */
        public RequestId id() {
            return id;
        }
    }

    public static final class Draining extends SubmitRejection {
        Draining() {
            super("This gateway is stopping");
        }
    }
}
