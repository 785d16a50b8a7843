package dev.sluice.processor;

/** Checks of settings whose message is read by who wrote them. */
final class Requirement {

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    private Requirement() {}
}
