package dev.sluice.queue.local;

import dev.sluice.queue.BrokerCounters;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.MonoSink;

/**
 * A message that is being published: confirmed once each of its queues has taken it, or ended by the first error.
 * Thread-safe.
 */
final class Incoming {

    final OutboundMessage message;
    final long deadlineNanos;
    private final BrokerCounters counters;
    private final MonoSink<Void> sink;
    private final AtomicInteger missing;
    private final AtomicBoolean ended = new AtomicBoolean();

    Incoming(OutboundMessage message, int queues, long deadlineNanos, BrokerCounters counters, MonoSink<Void> sink) {
        this.message = message;
        this.missing = new AtomicInteger(queues);
        this.deadlineNanos = deadlineNanos;
        this.counters = counters;
        this.sink = sink;
    }

    boolean hasEnded() {
        return ended.get();
    }

    boolean isDue(long nowNanos) {
        return deadlineNanos - nowNanos <= 0;
    }

    /** One of its queues has the message. */
    void taken() {
        if (missing.decrementAndGet() == 0 && ended.compareAndSet(false, true)) {
            counters.release(message);
            counters.published.increment();
            counters.confirmed.increment();
            sink.success();
        }
    }

    void fail(PublishException error) {
        if (ended.compareAndSet(false, true)) {
            counters.release(message);
            sink.error(error);
        }
    }
}
