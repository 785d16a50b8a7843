package dev.sluice.queue.local;

/**
 * The bounds of each local queue. At a bound, publishers wait.
 *
 * @param maxMessages messages in a queue, unsettled ones included
 * @param maxBytes their bodies together; a single message may always enter an empty queue
 */
public record QueueBounds(int maxMessages, long maxBytes) {

    /** 10,000 messages or 64 MiB. */
    public static final QueueBounds DEFAULT = new QueueBounds(10_000, 64L * 1024 * 1024);

    public QueueBounds {
        if (maxMessages < 1) {
            throw new IllegalArgumentException("maxMessages must be positive, was " + maxMessages);
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes must be positive, was " + maxBytes);
        }
    }
}
