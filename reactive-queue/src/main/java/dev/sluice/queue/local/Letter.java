package dev.sluice.queue.local;

/**
 * A dead letter that waits for room in the queue of dead letters.
 *
 * @param stored run once it is there: it needs its room in the queue that gave it up no more
 */
record Letter(Stored message, Runnable stored) {}
