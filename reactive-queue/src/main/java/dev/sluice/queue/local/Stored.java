package dev.sluice.queue.local;

/**
 * A message in a queue.
 *
 * @param body its bytes
 * @param redeliveries how often it was delivered before
 */
record Stored(byte[] body, int redeliveries) {

    Stored again() {
        return new Stored(body, redeliveries + 1);
    }
}
