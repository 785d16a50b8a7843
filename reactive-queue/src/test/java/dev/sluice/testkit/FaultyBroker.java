package dev.sluice.testkit;

import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.BrokerStats;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A broker in front of another one. On demand it holds back confirms, fails publishes and leaves declarations
 * unanswered.
 */
public final class FaultyBroker implements Broker {

    private final Broker broker;
    private final Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
    private final Set<String> unanswered = ConcurrentHashMap.newKeySet();
    private volatile Mono<Void> gate = Mono.empty();

    public FaultyBroker(Broker broker) {
        this.broker = broker;
    }

    /** The message arrives, and its publisher gets this failure instead of a confirm. */
    public void failNext(RuntimeException failure) {
        failures.add(failure);
    }

    /** From now on nothing is published until the returned gate completes. */
    public Sinks.Empty<Void> holdBack() {
        Sinks.Empty<Void> opened = Sinks.empty();
        gate = opened.asMono();
        return opened;
    }

    /** The next declaration of this queue is never answered. */
    public void ignoreNextDeclareOf(String queue) {
        unanswered.add(queue);
    }

    /** Whether a declaration is still to be ignored. */
    public boolean ignores(String queue) {
        return unanswered.contains(queue);
    }

    @Override
    public Mono<Void> publish(OutboundMessage message) {
        return Mono.defer(() -> gate).then(broker.publish(message)).then(Mono.defer(() -> {
            RuntimeException failure = failures.poll();
            return failure == null ? Mono.empty() : Mono.error(failure);
        }));
    }

    @Override
    public Mono<Void> declare(QueueSpec queue) {
        return unanswered.remove(queue.name()) ? Mono.never() : broker.declare(queue);
    }

    @Override
    public Mono<Long> ready(String queue) {
        return broker.ready(queue);
    }

    @Override
    public Mono<Void> delete(String queue) {
        return broker.delete(queue);
    }

    @Override
    public Flux<ReceivedMessage> consume(QueueSpec queue, int prefetch) {
        return broker.consume(queue, prefetch);
    }

    @Override
    public BrokerState state() {
        return broker.state();
    }

    @Override
    public Flux<BrokerState> states() {
        return broker.states();
    }

    @Override
    public BrokerStats stats() {
        return broker.stats();
    }

    @Override
    public Mono<Void> close() {
        return broker.close();
    }
}
