package dev.sluice.processor.handler;

import dev.sluice.message.Failure;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How an attempt failed, classified where the cause is known. Expected: without stack trace. */
public abstract sealed class HandlerException extends RuntimeException {

    private final transient Failure failure;

    private HandlerException(Failure failure) {
        super(failure.code() + ": " + failure.title(), null, false, false);
        this.failure = failure;
    }

    /** The failure as the caller sees it. */
    public Failure failure() {
        return failure;
    }

    /** May succeed when tried again. */
    public static final class Transient extends HandlerException {
        private final @Nullable Duration retryAfter;

        /** Tried again when the kind's policy says so. */
        public Transient(Failure failure) {
            this(failure, null);
        }

        /** Tried again no sooner than {@code retryAfter}. */
        public Transient(Failure failure, @Nullable Duration retryAfter) {
            super(failure);
            this.retryAfter = retryAfter;
        }

        /** The least pause before the next try, where it is known. */
        public @Nullable Duration retryAfter() {
            return retryAfter;
        }
    }

    /** Will fail again in the same way. */
    public static final class Permanent extends HandlerException {
        public Permanent(Failure failure) {
            super(failure);
        }

        /** The kind does not take such an input. */
        public static Permanent invalid(String detail) {
            return new Permanent(new Failure("validation-failed", "This kind does not take such an input", detail));
        }
    }

    /** Not possible yet for a business reason: no attempt is counted. */
    public static final class NotYet extends HandlerException {
        private final Duration after;

        public NotYet(Failure failure, Duration after) {
            super(failure);
            this.after = after;
        }

        /** When to ask again; the gateway waits a second at least, and minutes once it has asked very often. */
        public Duration after() {
            return after;
        }
    }
}
