package dev.sluice.queue.local;

import dev.sluice.queue.AdapterThreads;
import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerCounters;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.BrokerStats;
import dev.sluice.queue.Latest;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.PublishLimits;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * {@link Broker} in one JVM: bounded, with the same redeliveries and dead letters as a real one, and gone with the JVM.
 *
 * <p>Each queue does one thing at a time on a small pool of threads, so publishers never run a consumer's code. A full
 * queue makes its publishers wait ({@link BrokerState#BLOCKED}) until there is room or their time is over. A fanout
 * exchange reaches its queues by the empty routing key only. Messages of a queue of hints need no settling.
 */
public final class LocalBroker implements Broker {

    private static final int WORKERS = 2;

    private final QueueBounds bounds;
    private final PublishLimits limits;
    private final BrokerCounters counters = new BrokerCounters();
    private final AdapterThreads workers = new AdapterThreads("sluice-local", WORKERS);
    private final AdapterThreads timer = new AdapterThreads("sluice-local-timer", 1);
    private final Latest<BrokerState> state = new Latest<>(BrokerState.CONNECTED);
    private final Set<LocalQueue> full = ConcurrentHashMap.newKeySet();
    private final Routes routes = new Routes();
    private final Mono<Void> closing = Mono.<Void>fromRunnable(this::closeAll)
            .subscribeOn(timer.scheduler())
            .cache();
    private volatile boolean closed;

    public LocalBroker(QueueBounds bounds, PublishLimits limits) {
        this.bounds = bounds;
        this.limits = limits;
        Duration period = Duration.ofMillis(Math.clamp(limits.confirmTimeout().toMillis() / 10, 5, 100));
        timer.each(period, () -> full.forEach(queue -> queue.expire(System.nanoTime())));
    }

    /** With the default bounds. */
    public LocalBroker() {
        this(QueueBounds.DEFAULT, PublishLimits.DEFAULT);
    }

    @Override
    public Mono<Void> declare(QueueSpec queue) {
        return Mono.<Void>fromRunnable(() -> queue(queue)).subscribeOn(workers.scheduler());
    }

    @Override
    public Mono<Long> ready(String queue) {
        return Mono.defer(() -> {
                    LocalQueue found = routes.find(queue);
                    return found == null ? Mono.empty() : found.ready();
                })
                .subscribeOn(workers.scheduler());
    }

    @Override
    public Mono<Void> delete(String queue) {
        return Mono.<Void>fromRunnable(() -> remove(queue)).subscribeOn(workers.scheduler());
    }

    @Override
    public Mono<Void> publish(OutboundMessage message) {
        return Mono.create(sink -> accept(message, sink));
    }

    @Override
    public Flux<ReceivedMessage> consume(QueueSpec queue, int prefetch) {
        if (prefetch < 1 || prefetch > 65_535) {
            throw new IllegalArgumentException("prefetch must be 1 to 65535, was " + prefetch);
        }
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super ReceivedMessage> subscriber) {
                LocalConsumer consumer = new LocalConsumer(queue, prefetch, counters, subscriber);
                subscriber.onSubscribe(consumer);
                attach(consumer);
            }
        };
    }

    @Override
    public BrokerState state() {
        return state.get();
    }

    @Override
    public Flux<BrokerState> states() {
        return state.changes();
    }

    @Override
    public BrokerStats stats() {
        long messages = 0;
        long bytes = 0;
        for (LocalQueue queue : routes.all()) {
            messages += queue.messages();
            bytes += queue.bytes();
        }
        return counters.snapshot(0).withQueued(messages, bytes);
    }

    @Override
    public Mono<Void> close() {
        return closing;
    }

    /** As if the connection were lost for a moment: unsettled messages are delivered again, hints are gone. */
    public void disconnect() {
        counters.reconnects.increment();
        routes.all().forEach(LocalQueue::disconnect);
    }

    private void accept(OutboundMessage message, MonoSink<Void> sink) {
        if (closed) {
            sink.error(new PublishException.ConnectionLost(false));
            return;
        }
        if (!counters.hold(message, limits)) {
            sink.error(new PublishException.Overflow(limits.maxWaiting()));
            return;
        }
        List<LocalQueue> queues = routes.of(message);
        long deadline = System.nanoTime() + limits.confirmTimeout().toNanos();
        Incoming incoming = new Incoming(message, Math.max(1, queues.size()), deadline, counters, sink);
        if (queues.isEmpty()) {
            workers.execute(() -> nowhere(incoming));
        } else {
            queues.forEach(queue -> queue.publish(incoming));
        }
    }

    private static void nowhere(Incoming incoming) {
        OutboundMessage message = incoming.message;
        if (message.mandatory()) {
            incoming.fail(new PublishException.Unroutable(message.exchange(), message.routingKey()));
        } else {
            incoming.taken();
        }
    }

    private LocalQueue queue(QueueSpec spec) {
        if (spec.sort().isDeadLettering()) {
            routes.declare(Topology.dead(), this::newQueue);
        }
        return routes.declare(spec, this::newQueue);
    }

    private LocalQueue newQueue(QueueSpec spec) {
        return new LocalQueue(spec, bounds, workers, counters, new Owner());
    }

    private void attach(LocalConsumer consumer) {
        if (closed) {
            consumer.complete();
        } else if (!consumer.isCancelled()) {
            queue(consumer.spec).attach(consumer);
        }
    }

    private void remove(String name) {
        LocalQueue removed = routes.remove(name, null);
        if (removed != null) {
            removed.delete();
        }
    }

    /** Two queues may change at once; the last state that is shown must be the present one. */
    private synchronized void showBlocked(LocalQueue queue, boolean blocked) {
        if (blocked ? full.add(queue) : full.remove(queue)) {
            state.set(full.isEmpty() ? BrokerState.CONNECTED : BrokerState.BLOCKED);
        }
    }

    private void closeAll() {
        closed = true;
        routes.all().forEach(LocalQueue::close);
        state.complete();
        workers.close();
        timer.close();
    }

    /** The calls of queues to the broker. */
    private final class Owner implements LocalQueue.Owner {

        @Override
        public void deadLetter(Stored letter, Runnable stored) {
            LocalQueue dead = routes.find(Topology.dead().name());
            if (dead == null) {
                stored.run(); // nowhere to go: somebody deleted the queue
            } else {
                dead.store(letter, stored);
            }
        }

        @Override
        public void blocked(LocalQueue queue, boolean blocked) {
            showBlocked(queue, blocked);
        }

        @Override
        public void unused(LocalQueue queue) {
            if (routes.remove(queue.spec().name(), queue) != null) {
                queue.delete();
            }
        }

        @Override
        public void orphaned(LocalConsumer consumer) {
            attach(consumer);
        }
    }
}
