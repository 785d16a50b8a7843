package dev.sluice.gateway.presence;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Since when a lease was renewed without a gap that would have let it end. Thread-safe. */
final class RenewalRecord {

    private final long leaseNanos;
    private final LongSupplier nanoTime;
    private boolean begun;
    private long last;
    private long steadySince;

    /** @param nanoTime monotonic, as {@link System#nanoTime} */
    RenewalRecord(Duration lease, LongSupplier nanoTime) {
        leaseNanos = lease.toNanos();
        this.nanoTime = nanoTime;
    }

    synchronized void renewed() {
        long now = nanoTime.getAsLong();
        if (!begun || now - last > leaseNanos) {
            begun = true;
            steadySince = now;
        }
        last = now;
    }

    /** Whether the lease never ended for as long as a lease. */
    synchronized boolean isSteady() {
        long now = nanoTime.getAsLong();
        return begun && now - last <= leaseNanos && now - steadySince >= leaseNanos;
    }
}
