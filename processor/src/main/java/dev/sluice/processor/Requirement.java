package dev.sluice.processor;

/** Checks of settings; the author of the settings reads their messages. */
final class Requirement {

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    private Requirement() {}
}
