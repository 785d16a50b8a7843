package dev.sluice.queue.rabbit;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one channel that are sent and not yet confirmed, by their sequence number.
 *
 * <p>A channel's numbers start at 1, so a unconfirmed belongs to one channel: a late confirm of an earlier channel
 * cannot reach it. Bounded by {@code maxInFlight} messages, and by the span of their numbers, so that it is a ring. The
 * lock is held for a few steps by threads of the adapter only.
 */
final class UnconfirmedMessages {

    /** Numbers from the oldest unconfirmed message to the newest; confirms come nearly in order, so this is ample. */
    private static final int MIN_SPAN = 1_024;

    private final int maxInFlight;
    private final @Nullable Outgoing[] ring;
    private long first = 1;
    private long next = 1;
    private int inFlight;
    private boolean closed;

    UnconfirmedMessages(int maxInFlight) {
        this.maxInFlight = maxInFlight;
        int span = Integer.highestOneBit(Math.max(MIN_SPAN, maxInFlight * 4) * 2 - 1);
        this.ring = new @Nullable Outgoing[span];
    }

    synchronized int inFlight() {
        return inFlight;
    }

    synchronized boolean hasRoom() {
        return !closed && inFlight < maxInFlight && next - first < ring.length;
    }

    /** The message's number, or 0 if there is no room or the channel is gone. */
    synchronized long add(Outgoing message) {
        if (!hasRoom()) {
            return 0;
        }
        ring[slot(next)] = message;
        inFlight++;
        return next++;
    }

    /** Takes one message out; null if it is not here any more. */
    synchronized @Nullable Outgoing take(long number) {
        if (number < first || number >= next) {
            return null;
        }
        int slot = slot(number);
        Outgoing message = ring[slot];
        if (message != null) {
            ring[slot] = null;
            inFlight--;
            skipEmpty();
        }
        return message;
    }

    /** Takes out all messages up to a number. */
    synchronized List<Outgoing> takeUpTo(long number) {
        List<Outgoing> taken = new ArrayList<>();
        while (first <= number && first < next) {
            Outgoing message = take(first);
            if (message != null) {
                taken.add(message);
            }
        }
        return taken;
    }

    /** Takes out the messages at the front whose time is over. */
    synchronized List<Outgoing> takeDue(long nowNanos) {
        List<Outgoing> due = new ArrayList<>();
        while (first < next) {
            Outgoing oldest = ring[slot(first)];
            if (oldest == null || !oldest.isDue(nowNanos)) {
                break;
            }
            due.add(oldest);
            take(first);
        }
        return due;
    }

    /** Takes out everything and lets nothing in any more. */
    synchronized List<Outgoing> close() {
        closed = true;
        return takeUpTo(next - 1);
    }

    private void skipEmpty() {
        while (first < next && ring[slot(first)] == null) {
            first++;
        }
    }

    private int slot(long number) {
        return (int) (number & (ring.length - 1));
    }
}
