package dev.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

/** What every {@link Broker} does. Each test has a queue of its own, so that an adapter may keep one broker for all. */
public abstract class BrokerContract {

    protected static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration BRIEFLY = Duration.ofMillis(300);

    private final List<Broker> brokers = new ArrayList<>();
    protected final QueueSpec queue = Topology.work("kind-" + UUID.randomUUID());

    /** A new broker with these limits; the suite closes it. */
    protected abstract Broker newBroker(PublishLimits limits);

    /** Makes publishers wait until {@link #unblock}: a full queue or an alarm. */
    protected abstract void block(Broker broker);

    protected abstract void unblock(Broker broker);

    @AfterEach
    void closeBrokers() {
        brokers.forEach(broker -> broker.close().block(PATIENCE));
    }

    protected final Broker broker(PublishLimits limits) {
        Broker broker = newBroker(limits);
        brokers.add(broker);
        broker.declare(queue).block(PATIENCE);
        await().atMost(PATIENCE).until(() -> broker.state() == BrokerState.CONNECTED);
        return broker;
    }

    protected final Broker broker() {
        return broker(PublishLimits.DEFAULT);
    }

    protected final OutboundMessage message(String text) {
        return OutboundMessage.durable(queue.exchange(), queue.routingKey(), text.getBytes(StandardCharsets.UTF_8));
    }

    protected final void publish(Broker broker, String... texts) {
        Flux.fromArray(texts)
                .concatMap(text -> broker.publish(message(text)), 1)
                .blockLast(PATIENCE);
    }

    @Test
    void deliversTheExactBytes() {
        Broker broker = broker();
        byte[] all = new byte[70_000];
        IntStream.range(0, all.length).forEach(i -> all[i] = (byte) i);
        Collector collector = Collector.acking(broker.consume(queue, 10));

        broker.publish(OutboundMessage.durable(queue.exchange(), queue.routingKey(), all))
                .block(PATIENCE);
        broker.publish(OutboundMessage.durable(queue.exchange(), queue.routingKey(), new byte[0]))
                .block(PATIENCE);

        List<ReceivedMessage> received = collector.awaitCount(2);
        assertThat(received.getFirst().body()).isEqualTo(all);
        assertThat(received.getLast().body()).isEmpty();
        assertThat(received.getFirst().redeliveries()).isZero();
    }

    @Test
    void keepsTheOrderOfOnePublisherAndOneConsumer() {
        Broker broker = broker();
        Collector collector = Collector.acking(broker.consume(queue, 100));
        List<String> texts =
                IntStream.range(0, 2_000).mapToObj(Integer::toString).toList();

        Flux.fromIterable(texts)
                .flatMap(text -> broker.publish(message(text)), 256, 32)
                .blockLast(PATIENCE);

        collector.awaitCount(texts.size());
        assertThat(collector.texts()).isEqualTo(texts);
    }

    @Test
    void countsEachConfirmedMessageOnce() {
        Broker broker = broker();

        Flux.range(0, 500)
                .flatMap(i -> broker.publish(message("m" + i)), 256, 32)
                .blockLast(PATIENCE);

        BrokerStats stats = broker.stats();
        assertThat(stats.confirmed()).isEqualTo(500);
        assertThat(stats.published()).isEqualTo(stats.confirmed() + stats.failed() + stats.inFlight());
        assertThat(stats.waiting()).isZero();
    }

    @Test
    void refusesAMandatoryMessageThatNoQueueIsBoundFor() {
        Broker broker = broker();

        StepVerifier.create(broker.publish(OutboundMessage.durable(queue.exchange(), "nobody", new byte[1])))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                PublishException.Unroutable.class,
                                unroutable ->
                                        assertThat(unroutable.mayHaveArrived()).isFalse()))
                .verify(PATIENCE);
        publish(broker, "still works");
    }

    @Test
    void dropsAHintThatNobodyListensTo() {
        Broker broker = broker();

        StepVerifier.create(broker.publish(OutboundMessage.hint(Topology.ANNOUNCE_EXCHANGE, new byte[1])))
                .expectComplete()
                .verify(PATIENCE);
    }

    @Test
    void deliversAtMostThePrefetchUnsettled() {
        Broker broker = broker();
        publish(broker, "a", "b", "c", "d", "e");

        Collector collector = Collector.holding(broker.consume(queue, 2));

        collector.awaitCount(2);
        await().during(BRIEFLY).until(() -> collector.messages().size() == 2);
        collector.messages().getFirst().ack();
        collector.awaitCount(3);
        await().during(BRIEFLY).until(() -> collector.messages().size() == 3);
    }

    @Test
    void deliversNoMoreThanRequested() {
        Broker broker = broker();
        publish(broker, "a", "b", "c", "d");

        Collector collector = Collector.with(broker.consume(queue, 10), 1, ReceivedMessage::ack);

        collector.awaitCount(1);
        await().during(BRIEFLY).until(() -> collector.messages().size() == 1);
        collector.request(2);
        collector.awaitCount(3);
        await().during(BRIEFLY).until(() -> collector.messages().size() == 3);
    }

    @Test
    void deliversARequeuedMessageAgainAndCounts() {
        Broker broker = broker();
        publish(broker, "again");

        Collector collector =
                Collector.with(broker.consume(queue, 1), Long.MAX_VALUE, received -> settleAfter(received, 3));

        collector.awaitCount(4);
        assertThat(collector.messages().stream().map(ReceivedMessage::redeliveries))
                .containsExactly(0, 1, 2, 3);
    }

    @Test
    void putsARejectedMessageIntoTheDeadQueue() {
        Broker broker = broker();
        String text = "poison " + UUID.randomUUID();
        Collector dead = Collector.acking(broker.consume(Topology.dead(), 10));
        Collector collector = Collector.with(broker.consume(queue, 1), Long.MAX_VALUE, ReceivedMessage::reject);

        publish(broker, text);

        collector.awaitCount(1);
        await().atMost(PATIENCE).until(() -> dead.texts().contains(text));
    }

    @Test
    void givesAMessageUpAfterTheDeliveryLimit() {
        Broker broker = broker();
        String text = "deadly " + UUID.randomUUID();
        Collector dead = Collector.acking(broker.consume(Topology.dead(), 10));
        Collector collector = Collector.with(broker.consume(queue, 1), Long.MAX_VALUE, ReceivedMessage::requeue);

        publish(broker, text);

        await().atMost(PATIENCE).until(() -> dead.texts().contains(text));
        assertThat(collector.messages()).hasSize(Topology.DELIVERY_LIMIT + 1);
    }

    @Test
    void settlesOnce() {
        Broker broker = broker();
        publish(broker, "once");
        Collector collector = Collector.holding(broker.consume(queue, 5));

        ReceivedMessage message = collector.awaitCount(1).getFirst();
        message.ack();
        message.requeue();
        message.reject();
        message.ack();

        publish(broker, "next");
        collector.awaitCount(2);
        assertThat(collector.texts()).containsExactly("once", "next");
        assertThat(broker.stats().settled()).isEqualTo(1);
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(broker.stats().unsettled()).isEqualTo(1);
            assertThat(broker.stats().unsettledBytes()).isEqualTo(4);
        });
    }

    @Test
    void settlesInAnyOrder() {
        Broker broker = broker();
        publish(broker, "a", "b", "c", "d", "e", "f");
        Collector collector = Collector.holding(broker.consume(queue, 6));
        List<ReceivedMessage> received = collector.awaitCount(6);

        received.get(4).ack();
        received.get(1).ack();
        received.get(3).requeue();
        received.get(0).ack();
        received.get(2).ack();
        received.get(5).ack();

        collector.awaitCount(7);
        assertThat(collector.texts().getLast()).isEqualTo("d");
        assertThat(collector.messages().getLast().redeliveries()).isEqualTo(1);
    }

    @Test
    void letsWorkInProgressBeSettledAfterTheConsumerIsCancelled() {
        Broker broker = broker();
        publish(broker, "in progress");
        Collector first = Collector.holding(broker.consume(queue, 1));
        ReceivedMessage message = first.awaitCount(1).getFirst();

        first.cancel();
        message.ack();

        publish(broker, "next");
        Collector second = Collector.acking(broker.consume(queue, 10));
        second.awaitCount(1);
        assertThat(second.texts()).containsExactly("next");
    }

    @Test
    void servesASingleConsumerAtATime() {
        QueueSpec single = new QueueSpec(
                Topology.STATUS_EXCHANGE,
                QueueSpec.ExchangeType.DIRECT,
                queue.name() + ".single",
                queue.name(),
                QueueSpec.Sort.SINGLE_CONSUMER);
        Broker broker = broker();
        broker.declare(single).block(PATIENCE);
        Collector first = Collector.acking(broker.consume(single, 10));
        publishTo(broker, single, "1");
        first.awaitCount(1);
        Collector second = Collector.acking(broker.consume(single, 10));
        IntStream.range(2, 20).forEach(i -> publishTo(broker, single, "" + i));
        first.awaitCount(19);

        first.cancel();
        publishTo(broker, single, "after");

        second.awaitCount(1);
        assertThat(second.texts()).containsExactly("after");
    }

    @Test
    void sendsAFanoutToEveryQueue() {
        Broker broker = broker();
        List<Collector> listeners = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            QueueSpec hints = Topology.announcements(UUID.randomUUID());
            broker.declare(hints).block(PATIENCE);
            listeners.add(Collector.with(broker.consume(hints, 100), Long.MAX_VALUE, _ -> {}));
        }

        Flux.range(0, 300)
                .concatMap(i -> broker.publish(OutboundMessage.hint(Topology.ANNOUNCE_EXCHANGE, new byte[] {1})), 1)
                .blockLast(PATIENCE);

        listeners.forEach(listener -> listener.awaitCount(300));
    }

    @Test
    void dropsTheOldestHints() {
        Broker broker = broker();
        QueueSpec hints = Topology.control(UUID.randomUUID());
        broker.declare(hints).block(PATIENCE);
        int extra = 50;

        Flux.range(0, Topology.MAX_HINTS + extra)
                .flatMap(i -> broker.publish(hint("" + i)), 256, 32)
                .blockLast(PATIENCE);

        Collector listener = Collector.acking(broker.consume(hints, 1_000));
        listener.awaitCount(Topology.MAX_HINTS);
        assertThat(listener.texts().getFirst()).isEqualTo("" + extra);
    }

    @Test
    void knowsWhichQueuesThereAre() {
        Broker broker = broker();

        assertThat(broker.exists(queue.name()).block(PATIENCE)).isTrue();
        broker.delete(queue.name()).block(PATIENCE);
        assertThat(broker.exists(queue.name()).block(PATIENCE)).isFalse();
        broker.delete(queue.name()).block(PATIENCE);
    }

    @Test
    void keepsAMarkerQueue() {
        Broker broker = broker();
        QueueSpec epoch = Topology.epoch(UUID.randomUUID());

        broker.declare(epoch).block(PATIENCE);
        broker.declare(epoch).block(PATIENCE);

        assertThat(broker.exists(epoch.name()).block(PATIENCE)).isTrue();
        broker.delete(epoch.name()).block(PATIENCE);
    }

    @Test
    void goesOnConsumingAfterItsQueueWasDeleted() {
        Broker broker = broker();
        Collector collector = Collector.acking(broker.consume(queue, 10));
        publish(broker, "before");
        collector.awaitCount(1);

        broker.delete(queue.name()).block(PATIENCE);

        broker.publish(message("after"))
                .retryWhen(Retry.fixedDelay(1_000, Duration.ofMillis(20)))
                .block(PATIENCE);
        collector.awaitCount(2);
        assertThat(collector.texts()).containsExactly("before", "after");
    }

    @Test
    void letsPublishesWaitWhileBlockedAndEndsThemAfterTheTimeout() {
        Broker broker = broker(new PublishLimits(4, 100, 1_000_000, Duration.ofMillis(500)));
        block(broker);

        StepVerifier.create(broker.publish(message("waits")))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                PublishException.ConfirmTimeout.class,
                                timeout -> assertThat(timeout.mayHaveArrived()).isFalse()))
                .verify(PATIENCE);

        assertThat(broker.state()).isEqualTo(BrokerState.BLOCKED);
        unblock(broker);
        await().atMost(PATIENCE).until(() -> broker.state() == BrokerState.CONNECTED);
        publish(broker, "flows");
        assertThat(broker.stats().waiting()).isZero();
    }

    @Test
    void refusesWhatExceedsTheWaitingBound() {
        Broker broker = broker(new PublishLimits(2, 3, 1_000_000, Duration.ofSeconds(20)));
        block(broker);
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            broker.publish(message("waits " + i)).subscribe(null, _ -> {}, done::incrementAndGet);
        }

        StepVerifier.create(broker.publish(message("one too many")))
                .expectError(PublishException.Overflow.class)
                .verify(PATIENCE);

        assertThat(done).hasValue(0);
        unblock(broker);
        await().atMost(PATIENCE).until(() -> done.get() == 5);
    }

    @Test
    void refusesWhatExceedsTheWaitingBytes() {
        Broker broker = broker(new PublishLimits(2, 100, 1_000, Duration.ofSeconds(20)));
        block(broker);
        AtomicInteger done = new AtomicInteger();
        broker.publish(message("x".repeat(900))).subscribe(null, _ -> {}, done::incrementAndGet);

        StepVerifier.create(broker.publish(message("y".repeat(200))))
                .expectError(PublishException.Overflow.class)
                .verify(PATIENCE);

        unblock(broker);
        await().atMost(PATIENCE).until(() -> done.get() == 1);
    }

    @Test
    void keepsAccountsRightWhenPublishesAreCancelled() {
        Broker broker = broker(new PublishLimits(2, 100, 1_000_000, Duration.ofSeconds(2)));
        block(broker);
        List<Disposable> waits = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            waits.add(broker.publish(message("cancelled " + i)).subscribe());
        }

        waits.forEach(Disposable::dispose);
        unblock(broker);

        await().atMost(PATIENCE)
                .until(() -> broker.stats().waiting() + broker.stats().inFlight() == 0);
        BrokerStats stats = broker.stats();
        assertThat(stats.published()).isEqualTo(stats.confirmed() + stats.failed());
        publish(broker, "flows");
    }

    @Test
    void neverHasMoreInFlightThanAllowed() {
        Broker broker = broker(new PublishLimits(8, 10_000, 10_000_000, Duration.ofSeconds(20)));
        Disposable publishing = Flux.range(0, 3_000)
                .flatMap(i -> broker.publish(message("m" + i)), 1_000, 32)
                .subscribe();

        long worst = 0;
        while (broker.stats().confirmed() < 3_000 && !publishing.isDisposed()) {
            worst = Math.max(worst, broker.stats().inFlight());
        }

        assertThat(worst).isLessThanOrEqualTo(8);
    }

    @Test
    void endsEverythingWhenClosed() {
        Broker broker = broker(new PublishLimits(2, 100, 1_000_000, Duration.ofSeconds(20)));
        Collector collector = Collector.holding(broker.consume(queue, 10));
        publish(broker, "held");
        collector.awaitCount(1);

        broker.close().block(PATIENCE);

        StepVerifier.create(broker.publish(message("too late")))
                .expectError(PublishException.ConnectionLost.class)
                .verify(PATIENCE);
        StepVerifier.create(broker.consume(queue, 1)).expectComplete().verify(PATIENCE);
        StepVerifier.create(broker.states())
                .thenConsumeWhile(_ -> true)
                .expectComplete()
                .verify(PATIENCE);
        collector.messages().getFirst().ack();
    }

    protected final void publishTo(Broker broker, QueueSpec target, String text) {
        broker.publish(OutboundMessage.durable(
                        target.exchange(), target.routingKey(), text.getBytes(StandardCharsets.UTF_8)))
                .block(PATIENCE);
    }

    private static OutboundMessage hint(String text) {
        return OutboundMessage.hint(Topology.CONTROL_EXCHANGE, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void settleAfter(ReceivedMessage received, int redeliveries) {
        if (received.redeliveries() < redeliveries) {
            received.requeue();
        } else {
            received.ack();
        }
    }
}
