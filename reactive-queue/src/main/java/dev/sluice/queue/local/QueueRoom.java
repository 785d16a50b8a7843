package dev.sluice.queue.local;

import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.Topology;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The messages and bytes of one queue, and their bounds. Changed by its queue alone, read by gauges. */
final class QueueRoom {

    private final QueueSpec.Sort sort;
    private final QueueBounds bounds;
    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    QueueRoom(QueueSpec.Sort sort, QueueBounds bounds) {
        this.sort = sort;
        this.bounds = bounds;
    }

    int messages() {
        return messages.get();
    }

    long bytes() {
        return bytes.get();
    }

    /** Whether a further message may enter; else it waits. */
    boolean isFor(byte[] body) {
        return dropsOldest()
                || messages.get() == 0
                || (messages.get() < bounds.maxMessages() && bytes.get() + body.length <= bounds.maxBytes());
    }

    /** Whether older messages must go before this one enters. */
    boolean isOverfullWith(byte[] body) {
        return switch (sort) {
            case HINTS -> messages.get() >= Topology.MAX_HINTS;
            case PARKED ->
                messages.get() >= Topology.MAX_UNREADABLE || bytes.get() + body.length > Topology.MAX_UNREADABLE_BYTES;
            case WORK, SINGLE_CONSUMER, DEAD, FORMER_DEAD, MARKER -> false;
        };
    }

    /** Whether no message may enter, however small. */
    boolean isFull() {
        return !dropsOldest() && messages.get() >= bounds.maxMessages();
    }

    void took(byte[] body) {
        messages.incrementAndGet();
        bytes.addAndGet(body.length);
    }

    void gaveBack(byte[] body) {
        messages.decrementAndGet();
        bytes.addAndGet(-body.length);
    }

    void clear() {
        messages.set(0);
        bytes.set(0);
    }

    private boolean dropsOldest() {
        return sort == QueueSpec.Sort.HINTS || sort == QueueSpec.Sort.PARKED;
    }
}
