package dev.sluice.gateway.journal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Counts reports. Law: reports received = decided + stale + refused, at any quiet moment; each report is counted once
 * it is settled, however often its batch was written. Alert on any hole and any refusal.
 */
final class JournalMetrics {

    private final Counter received;
    private final Counter decided;
    private final Counter stale;
    private final Counter refused;
    private final Counter holes;
    private final Counter unreadable;

    JournalMetrics(MeterRegistry meters) {
        received = meters.counter("sluice.journal.reports.received");
        decided = meters.counter("sluice.journal.reports.decided");
        stale = meters.counter("sluice.journal.reports.stale");
        refused = meters.counter("sluice.journal.reports.refused");
        holes = meters.counter("sluice.consistency.holes");
        unreadable = meters.counter("sluice.journal.messages.unreadable");
    }

    /** Counts settled reports, and the events that they became. */
    void written(int reports, int events) {
        received.increment(reports);
        decided.increment(events);
        stale.increment(reports - events);
    }

    void refused(int reports) {
        received.increment(reports);
        refused.increment(reports);
    }

    void hole() {
        holes.increment();
    }

    void unreadable() {
        unreadable.increment();
    }
}
