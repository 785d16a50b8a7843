package dev.sluice.message;

/** The bytes are not a message of this contract: a permanent condition of the message, never of the connection. */
public final class UnreadableMessageException extends RuntimeException {
    UnreadableMessageException(String message) {
        super(message, null, false, false);
    }
}
