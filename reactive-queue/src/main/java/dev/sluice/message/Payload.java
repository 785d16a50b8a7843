package dev.sluice.message;

/**
 * Opaque bytes with their content type: a request's input or its result.
 *
 * @param contentType as the sender named it
 * @param bytes handed over, not copied: no holder changes them afterwards
 */
public record Payload(String contentType, byte[] bytes) {

    private static final byte[] NO_BYTES = new byte[0];

    public static final String JSON = "application/json";
    public static final String BINARY = "application/octet-stream";

    /** Nothing, as a result. */
    public static final Payload EMPTY = new Payload(BINARY, NO_BYTES);

    /** How many bytes. */
    public int size() {
        return bytes.length;
    }

    /** Type and size only: payloads never reach a log. */
    @Override
    public String toString() {
        return contentType + ", " + bytes.length + " bytes";
    }
}
