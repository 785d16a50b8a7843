package dev.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** How messages are delivered and settled. */
interface DeliveryContract extends BrokerUnderTest {

    @Test
    default void deliversTheExactBytes() {
        Broker broker = broker();
        byte[] all = new byte[70_000];
        IntStream.range(0, all.length).forEach(i -> all[i] = (byte) i);
        Collector collector = Collector.acking(broker.consume(queue(), 10));

        broker.publish(OutboundMessage.durable(queue().exchange(), queue().routingKey(), all))
                .block(PATIENCE);
        broker.publish(OutboundMessage.durable(queue().exchange(), queue().routingKey(), new byte[0]))
                .block(PATIENCE);

        List<ReceivedMessage> received = collector.awaitCount(2);
        assertThat(received.getFirst().body()).isEqualTo(all);
        assertThat(received.getLast().body()).isEmpty();
        assertThat(received.getFirst().redeliveries()).isZero();
    }

    @Test
    default void keepsTheOrderOfOnePublisherAndOneConsumer() {
        Broker broker = broker();
        Collector collector = Collector.acking(broker.consume(queue(), 100));
        List<String> texts =
                IntStream.range(0, 2_000).mapToObj(Integer::toString).toList();

        Flux.fromIterable(texts)
                .flatMap(text -> broker.publish(message(text)), 256, 32)
                .blockLast(PATIENCE);

        collector.awaitCount(texts.size());
        assertThat(collector.texts()).isEqualTo(texts);
    }

    @Test
    default void deliversAtMostThePrefetchUnsettled() {
        Broker broker = broker();
        publish(broker, "a", "b", "c", "d", "e");

        Collector collector = Collector.holding(broker.consume(queue(), 2));

        collector.awaitCount(2);
        await().during(BRIEFLY).until(() -> collector.messages().size() == 2);
        collector.messages().getFirst().ack();
        collector.awaitCount(3);
        await().during(BRIEFLY).until(() -> collector.messages().size() == 3);
    }

    @Test
    default void deliversNoMoreThanRequested() {
        Broker broker = broker();
        publish(broker, "a", "b", "c", "d");

        Collector collector = Collector.with(broker.consume(queue(), 10), 1, ReceivedMessage::ack);

        collector.awaitCount(1);
        await().during(BRIEFLY).until(() -> collector.messages().size() == 1);
        collector.request(2);
        collector.awaitCount(3);
        await().during(BRIEFLY).until(() -> collector.messages().size() == 3);
    }

    @Test
    default void deliversARequeuedMessageAgainAndCounts() {
        Broker broker = broker();
        publish(broker, "again");

        Collector collector =
                Collector.with(broker.consume(queue(), 1), Long.MAX_VALUE, received -> settleAfter(received, 3));

        collector.awaitCount(4);
        assertThat(collector.messages().stream().map(ReceivedMessage::redeliveries))
                .containsExactly(0, 1, 2, 3);
    }

    @Test
    default void putsARejectedMessageIntoTheDeadQueue() {
        Broker broker = broker();
        String text = "poison " + UUID.randomUUID();
        Collector dead = Collector.acking(broker.consume(Topology.dead(), 10));
        Collector collector = Collector.with(broker.consume(queue(), 1), Long.MAX_VALUE, ReceivedMessage::reject);

        publish(broker, text);

        collector.awaitCount(1);
        await().atMost(PATIENCE).until(() -> dead.texts().contains(text));
        assertThat(dead.messages().get(dead.texts().indexOf(text)).isGivenUp()).isFalse();
    }

    @Test
    default void givesAMessageUpAfterTheDeliveryLimit() {
        Broker broker = broker();
        String text = "deadly " + UUID.randomUUID();
        Collector dead = Collector.acking(broker.consume(Topology.dead(), 10));
        Collector collector = Collector.with(broker.consume(queue(), 1), Long.MAX_VALUE, ReceivedMessage::requeue);

        publish(broker, text);

        await().atMost(PATIENCE).until(() -> dead.texts().contains(text));
        assertThat(collector.messages()).hasSize(Topology.DELIVERY_LIMIT + 1);
        assertThat(dead.messages().get(dead.texts().indexOf(text)).isGivenUp()).isTrue();
    }

    @Test
    default void servesOneReaderOfDeadLettersAtATime() {
        Broker broker = broker();
        Collector first = Collector.acking(broker.consume(Topology.dead(), 10));
        publishTo(broker, Topology.dead(), "first");
        await().atMost(PATIENCE).until(() -> first.texts().contains("first"));
        Collector second = Collector.acking(broker.consume(Topology.dead(), 10));

        IntStream.range(0, 20).forEach(i -> publishTo(broker, Topology.dead(), "" + i));

        await().atMost(PATIENCE).until(() -> first.texts().contains("19"));
        assertThat(second.messages()).isEmpty();
    }

    @Test
    default void dropsTheOldestParkedMessageAtTheBound() {
        Broker broker = broker();
        QueueSpec parked =
                new QueueSpec("", QueueSpec.ExchangeType.DIRECT, queue().name() + ".parked", "", QueueSpec.Sort.PARKED);
        broker.declare(parked).block(PATIENCE);

        Flux.range(0, Topology.MAX_UNREADABLE + 3)
                .concatMap(
                        i -> broker.publish(OutboundMessage.durable(
                                "", parked.name(), Integer.toString(i).getBytes(StandardCharsets.UTF_8))),
                        1)
                .blockLast(PATIENCE);

        assertThat(broker.ready(parked.name()).block(PATIENCE)).isEqualTo(Topology.MAX_UNREADABLE);
        Collector kept = Collector.acking(broker.consume(parked, 100));
        kept.awaitCount(Topology.MAX_UNREADABLE);
        assertThat(kept.texts().getFirst()).isEqualTo("3");
    }

    @Test
    default void givesNoMessageOfASingleConsumerUp() {
        QueueSpec single = single();
        Broker broker = broker();
        broker.declare(single).block(PATIENCE);
        int times = 2 * Topology.DELIVERY_LIMIT;

        publishTo(broker, single, "report");
        Collector collector =
                Collector.with(broker.consume(single, 1), Long.MAX_VALUE, received -> settleAfter(received, times));

        collector.awaitCount(times + 1);
        assertThat(collector.messages().getLast().redeliveries()).isEqualTo(times);
    }

    @Test
    default void settlesOnce() {
        Broker broker = broker();
        publish(broker, "once");
        Collector collector = Collector.holding(broker.consume(queue(), 5));

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
    default void settlesInAnyOrder() {
        Broker broker = broker();
        publish(broker, "a", "b", "c", "d", "e", "f");
        Collector collector = Collector.holding(broker.consume(queue(), 6));
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
    default void letsWorkInProgressBeSettledAfterTheConsumerIsCancelled() {
        Broker broker = broker();
        publish(broker, "in progress");
        Collector first = Collector.holding(broker.consume(queue(), 1));
        ReceivedMessage message = first.awaitCount(1).getFirst();

        first.cancel();
        message.ack();

        publish(broker, "next");
        Collector second = Collector.acking(broker.consume(queue(), 10));
        second.awaitCount(1);
        assertThat(second.texts()).containsExactly("next");
    }

    @Test
    default void servesASingleConsumerAtATime() {
        QueueSpec single = single();
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
    default void handsASingleConsumersMessagesOnInOrder() {
        QueueSpec single = single();
        Broker broker = broker();
        broker.declare(single).block(PATIENCE);
        Collector first = Collector.with(broker.consume(single, 3), 2, _ -> {});
        IntStream.range(0, 6).forEach(i -> publishTo(broker, single, "" + i));
        List<ReceivedMessage> taken = first.awaitCount(2);
        Collector second = Collector.acking(broker.consume(single, 10));

        first.cancel();
        publishTo(broker, single, "6");
        taken.get(0).ack();
        publishTo(broker, single, "7");
        taken.get(1).requeue();

        second.awaitCount(7);
        assertThat(second.texts()).containsExactly("1", "2", "3", "4", "5", "6", "7");
    }

    private QueueSpec single() {
        return new QueueSpec(
                Topology.STATUS_EXCHANGE,
                QueueSpec.ExchangeType.DIRECT,
                queue().name() + ".single",
                queue().name(),
                QueueSpec.Sort.SINGLE_CONSUMER);
    }

    private static void settleAfter(ReceivedMessage received, int redeliveries) {
        if (received.redeliveries() < redeliveries) {
            received.requeue();
        } else {
            received.ack();
        }
    }
}
