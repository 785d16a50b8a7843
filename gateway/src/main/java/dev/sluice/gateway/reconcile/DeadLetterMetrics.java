package dev.sluice.gateway.reconcile;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Counts dead letters. Law: each letter is counted once, at its ack, as returned, stale or unreadable. Alert on any
 * unreadable one, and on returned ones while no processor was lost.
 */
final class DeadLetterMetrics {

    private final Counter returned;
    private final Counter stale;
    private final Counter unreadable;

    DeadLetterMetrics(MeterRegistry meters) {
        returned = ended(meters, "returned");
        stale = ended(meters, "stale");
        unreadable = ended(meters, "unreadable");
    }

    /** A letter had requests that are in the backlog again or done, or reports that are on their way again. */
    void returned() {
        returned.increment();
    }

    /** All requests of a letter had gone on without it. */
    void stale() {
        stale.increment();
    }

    /** A letter is parked. */
    void unreadable() {
        unreadable.increment();
    }

    private static Counter ended(MeterRegistry meters, String outcome) {
        return meters.counter("sluice.dead.letters", "outcome", outcome);
    }
}
