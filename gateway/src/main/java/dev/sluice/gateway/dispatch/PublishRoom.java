package dev.sluice.gateway.dispatch;

import dev.sluice.queue.PublishLimits;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The room that is left at the broker's publisher, for all kinds together. A taker takes room before rows: a message
 * that the publisher refuses costs a give-back, a pause and one more dispatch.
 *
 * <p>Half of the publisher's bound is given. The other half is for requests that go past the backlog, for status and
 * announcements, and for the last request of a batch, which may be larger than its share. Thread-safe; a taker that
 * finds no room is told when there is some.
 */
final class PublishRoom {

    /** With less a taker waits: batches of a single row would cost more than they bring. */
    private static final long MIN_BYTES = 1L << 20;

    private final long maxBytes;
    private final int maxMessages;
    private final Set<Runnable> waiting = new LinkedHashSet<>();
    private long bytes;
    private int messages;

    PublishRoom(PublishLimits limits) {
        maxBytes = Math.max(MIN_BYTES, limits.maxWaitingBytes() / 2);
        maxMessages = Math.max(1, limits.maxWaiting() / 2);
    }

    /** Room that one batch may fill, until it is closed. */
    final class Share {

        private final int rows;
        private final long size;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Share(int rows, long size) {
            this.rows = rows;
            this.size = size;
        }

        /** At least one; each may become a message. */
        int rows() {
            return rows;
        }

        long bytes() {
            return size;
        }

        /** Gives the share back. The messages of its batch are held one by one by now. A second call does nothing. */
        public void close() {
            if (!closed.getAndSet(true)) {
                release(rows, size);
            }
        }
    }

    /**
     * Takes room for a batch.
     *
     * @param whenFreed called once there is room again, if there is none now; the same one is remembered once
     * @return at most so much as is wanted; null if there is no room
     */
    synchronized @Nullable Share take(int wantedRows, long wantedBytes, Runnable whenFreed) {
        if (!hasRoom()) {
            waiting.add(whenFreed);
            return null;
        }
        Share share = new Share(Math.min(wantedRows, maxMessages - messages), Math.min(wantedBytes, maxBytes - bytes));
        hold(share.rows, share.size);
        return share;
    }

    synchronized boolean hasRoom() {
        return messages < maxMessages && bytes <= maxBytes - MIN_BYTES;
    }

    /** Notes messages that were handed to the publisher, whether there was room or not. */
    synchronized void hold(int count, long size) {
        messages += count;
        bytes += size;
    }

    /** Notes messages that are confirmed or given back. */
    void release(int count, long size) {
        freed(count, size).forEach(Runnable::run);
    }

    private synchronized List<Runnable> freed(int count, long size) {
        messages -= count;
        bytes -= size;
        if (waiting.isEmpty() || !hasRoom()) {
            return List.of();
        }
        List<Runnable> woken = List.copyOf(waiting);
        waiting.clear();
        return woken;
    }
}
