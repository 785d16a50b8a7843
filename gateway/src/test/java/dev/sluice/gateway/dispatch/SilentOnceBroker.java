package dev.sluice.gateway.dispatch;

import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.BrokerStats;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A broker that never answers the first declaration of one queue. */
final class SilentOnceBroker implements Broker {

    private final Broker broker;
    private final String queue;
    private final AtomicBoolean silent = new AtomicBoolean(true);

    SilentOnceBroker(Broker broker, String queue) {
        this.broker = broker;
        this.queue = queue;
    }

    boolean wasSilent() {
        return !silent.get();
    }

    @Override
    public Mono<Void> declare(QueueSpec declared) {
        return declared.name().equals(queue) && silent.getAndSet(false) ? Mono.never() : broker.declare(declared);
    }

    @Override
    public Mono<Long> ready(String name) {
        return broker.ready(name);
    }

    @Override
    public Mono<Void> delete(String name) {
        return broker.delete(name);
    }

    @Override
    public Mono<Void> publish(OutboundMessage message) {
        return broker.publish(message);
    }

    @Override
    public Flux<ReceivedMessage> consume(QueueSpec consumed, int prefetch) {
        return broker.consume(consumed, prefetch);
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
