package dev.sluice.processor.settings;

/** Checks of settings; the messages are read by who wrote the values. */
public final class Setting {

    private Setting() {}

    /**
     * Refuses a value that a setting may not have.
     *
     * @param key the whole key
     * @param value as it was given
     * @param allowed what the key may be, as the end of "must be …"
     * @throws IllegalArgumentException unless {@code holds}, naming key, allowed values and value
     */
    public static void check(boolean holds, String key, Object value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(key + " must be " + allowed + ", was " + value);
        }
    }
}
