package dev.sluice.gateway.presence;

import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import java.util.function.LongSupplier;

/**
 * Tells whether this gateway reaches the broker. A connection that was lost a moment ago may be back in the next, so it
 * counts as there for a lease. To be asked in the rhythm of renewals, by one thread at a time.
 */
final class BrokerContact {

    private final Broker broker;
    private final LongSupplier nanoTime;
    private long connectedNanos;

    BrokerContact(Broker broker, LongSupplier nanoTime) {
        this.broker = broker;
        this.nanoTime = nanoTime;
        connectedNanos = nanoTime.getAsLong();
    }

    synchronized boolean isThere() {
        long now = nanoTime.getAsLong();
        if (broker.state() != BrokerState.DISCONNECTED) {
            connectedNanos = now;
        }
        return now - connectedNanos <= Presence.LEASE.toNanos();
    }
}
