package dev.sluice.gateway.embedded;

/** Embedded mode cannot start. The message says how to mend that, so it is shown without a stack trace. */
final class EmbeddedException extends RuntimeException {

    EmbeddedException(String message) {
        super(message, null, false, false);
    }

    EmbeddedException(String message, Throwable cause) {
        super(message, cause, false, false);
    }
}
