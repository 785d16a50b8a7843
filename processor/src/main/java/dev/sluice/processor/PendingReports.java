package dev.sluice.processor;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many reports over all shards are made and not confirmed. Thread-safe.
 *
 * <p>Law: made = confirmed + pending, at any quiet moment. The bound is soft: it stops new work, and runs that go on
 * may still report.
 */
final class PendingReports {

    private final ReportLimits limits;
    private final Runnable roomAgain;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final LongAdder confirmed = new LongAdder();

    /** @param roomAgain called when there is room after there was none */
    PendingReports(ReportLimits limits, Runnable roomAgain) {
        this.limits = limits;
        this.roomAgain = roomAgain;
    }

    void added(int size) {
        count.incrementAndGet();
        bytes.addAndGet(size);
    }

    void confirmed(int reports, long size) {
        boolean wasFull = !hasRoom();
        count.addAndGet(-reports);
        bytes.addAndGet(-size);
        confirmed.add(reports);
        if (wasFull && hasRoom()) {
            roomAgain.run();
        }
    }

    boolean hasRoom() {
        return count.get() < limits.maxPending()
                && bytes.get() < limits.maxPendingBytes().toBytes();
    }

    int count() {
        return count.get();
    }

    long bytes() {
        return bytes.get();
    }

    long confirmed() {
        return confirmed.sum();
    }
}
