package dev.sluice.gateway.dispatch;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.gateway.testkit.TestKinds;
import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.BrokerStats;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.PublishLimits;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Work that the broker does not take, or takes late. */
class WorkPublisherIT {

    private static final int LARGE = 1_000_000;
    private static final int REQUESTS = 80;
    private static final int REFUSED = 64;
    private static final Duration QUIET = Duration.ofSeconds(1);

    private final GatewayTestkit testkit = GatewayTestkit.open();
    private final Queue<RequestId> received = new ConcurrentLinkedQueue<>();
    private final AtomicLong held = new AtomicLong();
    private final AtomicLong publishedAt = new AtomicLong();

    @AfterEach
    void close() {
        testkit.close();
    }

    /** Otherwise each message too many costs a give-back, a second of waiting and one more dispatch. */
    @Test
    void takesNoMoreThanTheBrokerTakes() {
        TestGateway gateway = testkit.gateway(new WorkBroker(testkit.broker(), this::publishSlowly));
        GatewayTestkit.await(gateway.kinds().configure(Map.of(KIND, TestKinds.kind(1_000))));
        for (int i = 0; i < REQUESTS; i += 10) {
            gateway.insert(IntStream.range(0, 10).mapToObj(_ -> large()).toList());
        }
        testkit.broker().consume(Topology.work(KIND), REQUESTS).subscribe(this::receive);

        gateway.dispatching();

        await().atMost(SOON).untilAsserted(() -> assertThat(received).hasSizeGreaterThanOrEqualTo(REQUESTS));
        assertThat(received).hasSize(REQUESTS).doesNotHaveDuplicates();
        assertThat(testkit.count("from request where dispatch > 1")).isZero();
    }

    /** As after a lost connection: all that was in flight fails at once. */
    @Test
    void returnsTogetherWhatIsRefusedTogether() {
        Sinks.Empty<Void> gate = Sinks.empty();
        AtomicInteger published = new AtomicInteger();
        Broker broker = new WorkBroker(
                testkit.broker(),
                message -> published.getAndIncrement() < REFUSED
                        ? gate.asMono().then(Mono.error(new PublishException.Nacked()))
                        : testkit.broker().publish(message));
        TestGateway gateway = testkit.gateway(broker);
        MeterRegistry meters = gateway.part(MeterRegistry.class);
        gateway.insert(GatewayTestkit.waiting(REFUSED));
        gateway.dispatching();
        await().atMost(SOON).until(() -> published.get() == REFUSED);

        gate.tryEmitEmpty();

        await().atMost(SOON).until(() -> testkit.count("from request where dispatch = 2 and dispatched") == REFUSED);
        DistributionSummary batches =
                meters.get("sluice.batch.size").tag("batcher", "give-back").summary();
        assertThat(batches.totalAmount()).isEqualTo(REFUSED);
        assertThat(batches.count()).isLessThanOrEqualTo(REFUSED / 4);
    }

    /** Confirms once no more messages come, and holds as many bytes as the publisher of a real broker. */
    private Mono<Void> publishSlowly(OutboundMessage message) {
        int size = message.body().length;
        return Mono.defer(() -> held.addAndGet(size) > PublishLimits.DEFAULT.maxWaitingBytes()
                        ? Mono.<Void>error(new PublishException.Overflow(1))
                        : quiet().then(testkit.broker().publish(message)))
                .doFinally(_ -> held.addAndGet(-size));
    }

    private Mono<Long> quiet() {
        publishedAt.set(System.nanoTime());
        return Flux.interval(Duration.ofMillis(50))
                .onBackpressureDrop()
                .filter(_ -> System.nanoTime() - publishedAt.get() > QUIET.toNanos())
                .next();
    }

    private static NewRequest large() {
        NewRequest small = GatewayTestkit.request(false);
        return new NewRequest(
                small.id(),
                small.client(),
                small.kind(),
                small.options(),
                small.createdAt(),
                small.expiresAt(),
                new Payload("application/octet-stream", new byte[LARGE]),
                false);
    }

    private void receive(ReceivedMessage message) {
        for (WorkItem item : Wire.decodeWork(message.body()).items()) {
            received.add(item.id());
        }
        message.ack();
    }

    /** Sends work another way than all other messages. */
    private record WorkBroker(Broker broker, Function<OutboundMessage, Mono<Void>> work) implements Broker {

        @Override
        public Mono<Void> publish(OutboundMessage message) {
            return message.exchange().equals(Topology.WORK_EXCHANGE) ? work.apply(message) : broker.publish(message);
        }

        @Override
        public Mono<Void> declare(QueueSpec queue) {
            return broker.declare(queue);
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
}
