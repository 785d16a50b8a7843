package dev.sluice.queue.local;

import dev.sluice.queue.BrokerCounters;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * One subscription to a queue. The queue it is attached to at the moment calls it, one call at a time (Reactive Streams
 * 1.3), and only within demand (1.1) and prefetch.
 */
final class LocalConsumer implements Subscription {

    final QueueSpec spec;
    private final int prefetch;
    private final BrokerCounters counters;
    private final CoreSubscriber<? super ReceivedMessage> subscriber;
    private final AtomicLong requested = new AtomicLong();

    /** In the order of delivery; confined to the queue. */
    private final Set<LocalDelivery> unsettled = new LinkedHashSet<>();

    private volatile @Nullable LocalQueue queue;
    private volatile boolean cancelled;

    LocalConsumer(
            QueueSpec spec, int prefetch, BrokerCounters counters, CoreSubscriber<? super ReceivedMessage> subscriber) {
        this.spec = spec;
        this.prefetch = prefetch;
        this.counters = counters;
        this.subscriber = subscriber;
    }

    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            requested.accumulateAndGet(n, Operators::addCap);
            LocalQueue current = queue;
            if (current != null) {
                current.wake();
            }
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        LocalQueue current = queue;
        if (current != null) {
            current.detach(this);
        }
    }

    boolean isCancelled() {
        return cancelled;
    }

    void attachedTo(LocalQueue next) {
        queue = next;
    }

    boolean canTake() {
        return !cancelled && unsettled.size() < prefetch && requested.get() > 0;
    }

    void take(LocalDelivery delivery) {
        requested.updateAndGet(now -> now == Long.MAX_VALUE ? now : now - 1);
        if (!delivery.isSettled()) {
            unsettled.add(delivery);
            counters.taken(delivery.body().length);
        }
        subscriber.onNext(delivery);
    }

    /** Forgets a delivery; false if it was taken back meanwhile. */
    boolean settle(LocalDelivery delivery) {
        boolean held = unsettled.remove(delivery);
        if (held) {
            counters.ended(delivery.body().length);
        }
        return held;
    }

    boolean holdsNothing() {
        return unsettled.isEmpty();
    }

    /** Takes back all unsettled messages, oldest first. */
    Set<LocalDelivery> takeBack() {
        Set<LocalDelivery> back = new LinkedHashSet<>(unsettled);
        unsettled.clear();
        back.forEach(delivery -> {
            delivery.takenBack();
            counters.ended(delivery.body().length);
        });
        return back;
    }

    void complete() {
        if (!cancelled) {
            cancelled = true;
            subscriber.onComplete();
        }
    }
}
