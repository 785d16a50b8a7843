package dev.sluice.queue;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** The counters of an adapter; {@link BrokerStats} states the law. Thread-safe. */
public final class BrokerCounters {

    /** Messages that wait or are in flight together. */
    public final AtomicLong held = new AtomicLong();

    /** Their bodies. */
    public final AtomicLong heldBytes = new AtomicLong();

    /** Messages received and neither settled at the broker nor taken back by it. */
    public final AtomicLong unsettled = new AtomicLong();

    /** Their bodies. */
    public final AtomicLong unsettledBytes = new AtomicLong();

    public final LongAdder published = new LongAdder();
    public final LongAdder confirmed = new LongAdder();
    public final LongAdder failed = new LongAdder();
    public final LongAdder received = new LongAdder();
    public final LongAdder redelivered = new LongAdder();
    public final LongAdder settled = new LongAdder();
    public final LongAdder reconnects = new LongAdder();

    /** Takes a place for a message; false if the limits leave none. */
    public boolean hold(OutboundMessage message, PublishLimits limits) {
        long size = message.body().length;
        if (held.incrementAndGet() > (long) limits.maxInFlight() + limits.maxWaiting()) {
            held.decrementAndGet();
            return false;
        }
        if (heldBytes.addAndGet(size) > limits.maxWaitingBytes() && held.get() > 1) {
            heldBytes.addAndGet(-size);
            held.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Gives the place back. */
    public void release(OutboundMessage message) {
        heldBytes.addAndGet(-message.body().length);
        held.decrementAndGet();
    }

    /** A message was received. */
    public void received(int redeliveries) {
        received.increment();
        if (redeliveries > 0) {
            redelivered.increment();
        }
    }

    /** A message is in the hands of a consumer. */
    public void taken(long bytes) {
        unsettled.incrementAndGet();
        unsettledBytes.addAndGet(bytes);
    }

    /** The message is in the hands of a consumer no more. */
    public void ended(long bytes) {
        unsettled.decrementAndGet();
        unsettledBytes.addAndGet(-bytes);
    }

    /** All counts, with the messages in flight as the adapter knows them. */
    public BrokerStats snapshot(long inFlight) {
        return new BrokerStats(
                inFlight,
                Math.max(0, held.get() - inFlight),
                heldBytes.get(),
                0,
                0,
                unsettled.get(),
                unsettledBytes.get(),
                published.sum(),
                confirmed.sum(),
                failed.sum(),
                received.sum(),
                redelivered.sum(),
                settled.sum(),
                reconnects.sum());
    }
}
