package dev.sluice.queue.local;

/**
 * A message in a queue.
 *
 * @param body its bytes
 * @param redeliveries how often it was delivered before
 * @param givenUp whether it is a dead letter that came back too often
 */
record Stored(byte[] body, int redeliveries, boolean givenUp) {

    Stored again() {
        return new Stored(body, redeliveries + 1, givenUp);
    }

    /** As a dead letter. */
    Stored dead(boolean cameBackTooOften) {
        return new Stored(body, 0, cameBackTooOften);
    }
}
