package dev.sluice.gateway.batch;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.scheduler.Schedulers;

/** The least time between the departures of two batches. For one thread at a time, but for the timer's call. */
final class BatchPause {

    private final long nanos;
    private final Runnable whenOver;
    private final AtomicBoolean timed = new AtomicBoolean();
    private long endNanos = System.nanoTime();

    /** @param whenOver called by a timer after each time that the pause was not over */
    BatchPause(Duration length, Runnable whenOver) {
        nanos = length.toNanos();
        this.whenOver = whenOver;
    }

    /**
     * Whether a batch may leave now. If so, the next pause begins.
     *
     * @param skipped whether it may leave in any case
     */
    boolean isOver(boolean skipped) {
        if (nanos == 0) {
            return true;
        }
        long now = System.nanoTime();
        long left = endNanos - now;
        if (left > 0 && !skipped && isTimed(left)) {
            return false;
        }
        endNanos = now + nanos;
        return true;
    }

    /** Without its timer a batch would wait for the next item, so it must not wait where there is none. */
    private boolean isTimed(long left) {
        try {
            if (timed.compareAndSet(false, true)) {
                var _ = Schedulers.parallel().schedule(this::end, left, TimeUnit.NANOSECONDS);
            }
            return true;
        } catch (RejectedExecutionException stopped) {
            timed.set(false);
            return false;
        }
    }

    private void end() {
        timed.set(false);
        whenOver.run();
    }
}
