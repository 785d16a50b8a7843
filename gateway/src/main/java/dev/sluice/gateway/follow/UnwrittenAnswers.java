package dev.sluice.gateway.follow;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the unwritten answers of all sockets together.
 *
 * <p>Metrics: {@code sluice.live.answers} and {@code sluice.live.answers.bytes}, gauges, bounded by the limits of each
 * {@link SocketOutbox}. Alert when they grow: clients do not read. Thread-safe.
 */
final class UnwrittenAnswers implements MeterBinder {

    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    @Override
    public void bindTo(MeterRegistry meters) {
        meters.gauge("sluice.live.answers", answers);
        meters.gauge("sluice.live.answers.bytes", bytes);
    }

    void add(long more, long moreBytes) {
        answers.addAndGet(more);
        bytes.addAndGet(moreBytes);
    }
}
