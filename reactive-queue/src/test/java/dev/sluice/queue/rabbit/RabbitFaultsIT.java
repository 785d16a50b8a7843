package dev.sluice.queue.rabbit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.BrokerStats;
import dev.sluice.queue.Collector;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.PublishLimits;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import dev.sluice.testkit.FaultProxy;
import dev.sluice.testkit.RabbitNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

/**
 * A real broker that is killed, emptied, blocked and cut off: nothing confirmed is lost, no result is missing or given
 * twice.
 */
final class RabbitFaultsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);
    private static final PublishLimits LIMITS = new PublishLimits(256, 4_096, 10_000_000, Duration.ofSeconds(3));
    private static final Retry AGAIN =
            Retry.fixedDelay(1_000, Duration.ofMillis(50)).filter(error -> error instanceof PublishException);

    private static RabbitNode node;

    private final QueueSpec queue = Topology.work("kind-" + UUID.randomUUID());
    private FaultProxy proxy;
    private RabbitBroker broker;

    @BeforeAll
    static void startNode() {
        node = RabbitNode.start();
    }

    @AfterAll
    static void closeNode() {
        node.close();
    }

    @BeforeEach
    void connect() {
        proxy = new FaultProxy(node.port(), 42);
        broker = RabbitBroker.connect(
                new RabbitSettings(List.of(proxy.address()), "/", "guest", "guest", false, HEARTBEAT, null, LIMITS));
        broker.declare(queue).block(PATIENCE);
        awaitState(BrokerState.CONNECTED);
    }

    @AfterEach
    void close() {
        broker.close().block(PATIENCE);
        proxy.close();
    }

    @Test
    void givesEachUnconfirmedMessageExactlyOneResultWhenTheConnectionIsLost() {
        proxy.toClient().timeout(true);
        Queue<Throwable> results = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < 100; i++) {
            broker.publish(message("m" + i)).subscribe(null, results::add, () -> results.add(new AssertionError()));
        }
        await().atMost(PATIENCE).until(() -> broker.stats().inFlight() == 100);

        proxy.resetPeer();

        await().atMost(PATIENCE).until(() -> results.size() == 100);
        assertThat(results)
                .allSatisfy(result -> assertThat(result)
                        .isInstanceOfSatisfying(
                                PublishException.ConnectionLost.class,
                                lost -> assertThat(lost.mayHaveArrived()).isTrue()));
        proxy.heal();
        publishUntilConfirmed("after");
        assertThat(results).hasSize(100);
        assertLaw();
    }

    @Test
    void recoversWhenTheBrokerClosesTheConsumersChannel() {
        Collector collector = Collector.holding(broker.consume(queue, 10));
        publishUntilConfirmed("held");
        ReceivedMessage held = collector.awaitCount(1).getFirst();

        // A tag that was never given: the broker answers 406 and closes the channel.
        ((RabbitDelivery) held).channel().settle(4_711, ConsumeChannel.Settling.ACK);

        ReceivedMessage again = collector.awaitCount(2).getLast();
        assertThat(again.redeliveries()).isEqualTo(1);
        assertThat(held.isGone()).isTrue();
        assertThat(again.isGone()).isFalse();
        held.ack(); // of a channel that is gone: it must settle nothing
        again.ack();
        await().atMost(PATIENCE).untilAsserted(this::assertEmpty);
        await().atMost(PATIENCE).until(() -> broker.stats().unsettled() == 0);
        assertThat(broker.stats().unsettledBytes()).isZero();
    }

    @Test
    void recoversWhenAnExchangeIsMissing() {
        StepVerifier.create(broker.publish(OutboundMessage.durable("no such exchange", "", new byte[1])))
                .expectError(PublishException.class)
                .verify(PATIENCE);

        publishUntilConfirmed("works");

        assertLaw();
    }

    @Test
    void recoversWhenItsQueueIsDeletedUnderIt() {
        Collector collector = Collector.acking(broker.consume(queue, 10));
        publishUntilConfirmed("before");
        collector.awaitCount(1);

        node.deleteQueue(queue.name());

        publishUntilConfirmed("after");
        collector.awaitCount(2);
        assertThat(collector.texts()).containsExactly("before", "after");
    }

    @Test
    void asksForNothingThatIsGoneWhenItHasRoomAgain() {
        Collector collector = Collector.with(broker.consume(queue, 10), 0, _ -> {});
        for (int i = 0; i < 10; i++) {
            publishUntilConfirmed("m" + i);
        }
        for (int losses = 1; losses <= 3; losses++) {
            int handedOut = 10 * losses;
            await().atMost(PATIENCE).until(() -> broker.stats().received() == handedOut);
            node.closeConnections();
        }
        await().atMost(PATIENCE).until(() -> broker.stats().received() == 40);

        collector.request(100);

        collector.awaitCount(10);
        assertThat(collector.texts()).containsExactly("m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9");
        assertThat(collector.messages()).noneMatch(ReceivedMessage::isGone);
    }

    /** Else the old queue would take a copy of each report, and no consumer would ever read it. */
    @Test
    void endsTheBindingOfAQueueOfAnEarlierVersion() {
        QueueSpec status = Topology.status(0);
        QueueSpec former = new QueueSpec(
                status.exchange(),
                status.exchangeType(),
                Topology.formerNames(status).getFirst(),
                status.routingKey(),
                status.sort());
        broker.declare(former).block(PATIENCE);

        broker.declare(status).block(PATIENCE);
        broker.publish(OutboundMessage.durable(status.exchange(), status.routingKey(), new byte[1]))
                .retryWhen(AGAIN)
                .block(PATIENCE);

        await().atMost(PATIENCE)
                .until(() -> Long.valueOf(1).equals(broker.ready(status.name()).block(PATIENCE)));
        assertThat(broker.ready(former.name()).block(PATIENCE)).isZero();
    }

    @Test
    void keepsAMarkerOnMoreThanOneNode() {
        QueueSpec epoch = Topology.epoch(UUID.randomUUID());

        broker.declare(epoch).block(PATIENCE);

        assertThat(node.ctl("list_queues", "--no-table-headers", "name", "type").lines())
                .contains(epoch.name() + "\tquorum");
    }

    /** Declaring it again, as another sort of queue, would be refused; looking for it is not. */
    @Test
    void findsAMarkerOfAnEarlierVersion() throws Exception {
        QueueSpec epoch = Topology.epoch(UUID.randomUUID());
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(node.port());
        try (Connection connection = factory.newConnection()) {
            connection
                    .createChannel()
                    .queueDeclare(epoch.name(), true, false, false, Map.of("x-queue-type", "classic"));
        }

        assertThat(broker.exists(epoch.name()).block(PATIENCE)).isTrue();
    }

    @Test
    void losesNothingConfirmedWhenTheBrokerIsKilled() {
        node.sync();
        Set<String> seen = ConcurrentHashMap.newKeySet();
        Collector collector =
                Collector.with(broker.consume(queue, 50), Long.MAX_VALUE, received -> ackAndNote(received, seen));
        AtomicInteger confirmed = new AtomicInteger();
        Mono<Void> publishing = Flux.range(0, 20_000)
                .flatMap(
                        i -> broker.publish(message("m" + i))
                                .retryWhen(AGAIN)
                                .doOnSuccess(_ -> confirmed.incrementAndGet()),
                        100,
                        32)
                .then();
        var running = publishing.subscribe();
        await().atMost(PATIENCE).until(() -> confirmed.get() > 2_000);

        node.kill();
        awaitState(BrokerState.DISCONNECTED);
        node.restart();

        await().atMost(PATIENCE).until(running::isDisposed);
        await().atMost(PATIENCE).until(() -> seen.size() == 20_000);
        collector.cancel();
        assertThat(confirmed).hasValue(20_000);
        assertThat(broker.stats().reconnects()).isPositive();
        assertLaw();
    }

    @Test
    void declaresAgainWhenTheBrokerCameBackEmpty() {
        Collector collector = Collector.acking(broker.consume(queue, 10));
        publishUntilConfirmed("before");
        collector.awaitCount(1);

        node.restartEmpty();

        publishUntilConfirmed("after");
        await().atMost(PATIENCE).until(() -> collector.texts().contains("after"));
    }

    @Test
    void acksWhilePublishersAreBlocked() {
        Collector collector = Collector.holding(broker.consume(queue, 10));
        publishUntilConfirmed("held");
        ReceivedMessage held = collector.awaitCount(1).getFirst();

        node.raiseMemoryAlarm();
        broker.publish(OutboundMessage.hint(Topology.ANNOUNCE_EXCHANGE, new byte[0]))
                .block(PATIENCE);
        awaitState(BrokerState.BLOCKED);
        held.ack();

        await().atMost(PATIENCE).untilAsserted(this::assertEmpty);
        node.clearMemoryAlarm();
        awaitState(BrokerState.CONNECTED);
    }

    @Test
    void noticesASilentPartitionByHeartbeatsAndRecovers() {
        Collector collector = Collector.acking(broker.consume(queue, 10));
        publishUntilConfirmed("before");
        collector.awaitCount(1);

        proxy.partition();
        StepVerifier.create(broker.publish(message("into silence")))
                .expectError(PublishException.ConfirmTimeout.class)
                .verify(PATIENCE);
        awaitState(BrokerState.DISCONNECTED);
        proxy.heal();

        publishUntilConfirmed("after");
        await().atMost(PATIENCE).until(() -> collector.texts().contains("after"));
        assertLaw();
    }

    @Test
    void blocksNoCallerAndKeepsItsTimeoutsWhileTheSocketDoesNotMove() {
        proxy.toServer().timeout(true);
        Queue<Throwable> results = new ConcurrentLinkedQueue<>();

        // 4 MB do not fit into the socket's buffers, so the publishing thread hangs in its write.
        for (int i = 0; i < 100; i++) {
            broker.publish(message("x".repeat(40_000))).subscribe(null, results::add);
        }

        await().atMost(PATIENCE).until(() -> results.size() == 100);
        assertThat(results).allSatisfy(result -> assertThat(result).isInstanceOf(PublishException.class));
        proxy.heal();
        publishUntilConfirmed("after");
        assertLaw();
    }

    @Test
    void leavesNoThreadBehind() {
        RabbitBroker other = RabbitBroker.connect(RabbitSettings.of(node.address()));
        other.declare(queue).block(PATIENCE);
        broker.close().block(PATIENCE);

        other.close().block(PATIENCE);

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .noneMatch(thread -> thread.getName().startsWith("sluice-")
                                || thread.getName().startsWith("AMQP Connection")));
    }

    private static void ackAndNote(ReceivedMessage received, Set<String> seen) {
        seen.add(new String(received.body(), StandardCharsets.UTF_8));
        received.ack();
    }

    private void publishUntilConfirmed(String text) {
        broker.publish(message(text)).retryWhen(AGAIN).block(PATIENCE);
    }

    private OutboundMessage message(String text) {
        return OutboundMessage.durable(queue.exchange(), queue.routingKey(), text.getBytes(StandardCharsets.UTF_8));
    }

    private void awaitState(BrokerState state) {
        await().atMost(PATIENCE).until(() -> broker.state() == state);
    }

    private void assertEmpty() {
        assertThat(node.queues().values())
                .filteredOn(count -> count.name().equals(queue.name()))
                .singleElement()
                .satisfies(count -> assertThat(count.ready() + count.unacked()).isZero());
    }

    private void assertLaw() {
        BrokerStats stats = broker.stats();
        assertThat(stats.published()).isEqualTo(stats.confirmed() + stats.failed() + stats.inFlight());
    }
}
