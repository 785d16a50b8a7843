package dev.sluice.queue.rabbit;

import dev.sluice.queue.AdapterThreads;
import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerCounters;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.BrokerStats;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * {@link Broker} on RabbitMQ.
 *
 * <p>Two connections and five kinds of daemon threads: one that publishes, one that declares, consumes and settles, one
 * that asks how many messages queues have, one for time-outs, and two that hand out deliveries; the client's readers
 * come on top. {@link ReceivedMessage}s of a queue of hints are acked when they are handed out: settling them does
 * nothing. It connects in the background: making one does not wait and does not fail.
 */
public final class RabbitBroker implements Broker {

    private static final int CLOSE_MS = 3_000;
    private static final Duration MAX_CLOSE = Duration.ofSeconds(5);
    private static final int DELIVERY_THREADS = 2;

    private final BrokerCounters counters = new BrokerCounters();
    private final AdapterThreads publishing = new AdapterThreads("sluice-publish", 1);
    private final AdapterThreads consuming = new AdapterThreads("sluice-consume", 1);
    private final AdapterThreads asking = new AdapterThreads("sluice-ask", 1);
    private final AdapterThreads timer = new AdapterThreads("sluice-broker-timer", 1);
    private final AdapterThreads deliveries = new AdapterThreads("sluice-delivery", DELIVERY_THREADS);
    private final RabbitPublisher publisher;
    private final Link publishLink;
    private final ConsumeLink consumeLink;
    private final Mono<Void> closing;

    private RabbitBroker(RabbitSettings settings) {
        RabbitTopology topology = new RabbitTopology(settings.consumerTimeout());
        publisher = new RabbitPublisher(settings.limits(), counters, topology, publishing);
        publishLink = new Link(settings, "sluice-publish", publishing, deliveries, counters, publisher);
        consumeLink = new ConsumeLink(settings, topology, counters, new QueueDepths(asking), consuming, deliveries);
        closing = Mono.when(closed(publishing, this::closePublishing), closed(consuming, this::closeConsuming))
                .timeout(MAX_CLOSE, timer.scheduler())
                .onErrorComplete(java.util.concurrent.TimeoutException.class)
                .doFinally(_ -> release())
                .cache();
    }

    /** A broker that begins to connect now. */
    public static RabbitBroker connect(RabbitSettings settings) {
        RabbitBroker broker = new RabbitBroker(settings);
        broker.publishLink.open();
        broker.consumeLink.open();
        broker.timer.each(expiryPeriod(settings.limits().confirmTimeout()), broker.publisher::expire);
        return broker;
    }

    @Override
    public Mono<Void> declare(QueueSpec queue) {
        return consumeLink.declare(queue);
    }

    @Override
    public Mono<Long> ready(String queue) {
        return consumeLink.ready(queue);
    }

    @Override
    public Mono<Void> delete(String queue) {
        return consumeLink.delete(queue);
    }

    @Override
    public Mono<Void> publish(OutboundMessage message) {
        return publisher.publish(message);
    }

    @Override
    public Flux<ReceivedMessage> consume(QueueSpec queue, int prefetch) {
        if (prefetch < 1 || prefetch > 65_535) {
            throw new IllegalArgumentException("prefetch must be 1 to 65535, was " + prefetch);
        }
        return consumeLink.consume(queue, prefetch);
    }

    @Override
    public BrokerState state() {
        return publisher.state().get();
    }

    @Override
    public Flux<BrokerState> states() {
        return publisher.state().changes();
    }

    @Override
    public BrokerStats stats() {
        return counters.snapshot(publisher.inFlight());
    }

    @Override
    public Mono<Void> close() {
        return closing;
    }

    private void closePublishing() {
        publisher.close();
        publishLink.close(CLOSE_MS);
        publisher.state().complete();
    }

    private void closeConsuming() {
        consumeLink.close(CLOSE_MS);
    }

    private void release() {
        publishing.close();
        consuming.close();
        asking.close();
        timer.close();
        deliveries.close();
    }

    private static Mono<Void> closed(AdapterThreads thread, Runnable close) {
        return Mono.<Void>fromRunnable(close).subscribeOn(thread.scheduler());
    }

    /** Time-outs are exact to a tenth, but not finer than 5 ms and not coarser than 100. */
    private static Duration expiryPeriod(Duration confirmTimeout) {
        return Duration.ofMillis(Math.clamp(confirmTimeout.toMillis() / 10, 5, 100));
    }
}
