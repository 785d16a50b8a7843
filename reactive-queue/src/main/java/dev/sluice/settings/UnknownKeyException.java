package dev.sluice.settings;

/** The configuration holds a key without a meaning. */
final class UnknownKeyException extends RuntimeException {

    private final String key;
    private final String nearest;
    private final String source;

    UnknownKeyException(String key, String nearest, String source) {
        super("unknown key " + key + " in " + source, null, false, false);
        this.key = key;
        this.nearest = nearest;
        this.source = source;
    }

    String key() {
        return key;
    }

    /** The known key that looks most like it. */
    String nearest() {
        return nearest;
    }

    /** The place of the key. */
    String source() {
        return source;
    }
}
