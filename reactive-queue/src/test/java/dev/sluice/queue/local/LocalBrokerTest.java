package dev.sluice.queue.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerContract;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.Collector;
import dev.sluice.queue.PublishLimits;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

final class LocalBrokerTest extends BrokerContract {

    /** Enough for the tests that publish without a consumer, and quickly filled. */
    private static final int MAX_MESSAGES = 4_000;

    @Override
    protected Broker newBroker(PublishLimits limits) {
        return new LocalBroker(new QueueBounds(MAX_MESSAGES, 64 * 1024 * 1024), limits);
    }

    @Override
    public void block(Broker broker) {
        Flux.range(0, MAX_MESSAGES)
                .concatMap(_ -> broker.publish(message("")), 1)
                .blockLast(PATIENCE);
        await().atMost(PATIENCE).until(() -> broker.state() == BrokerState.BLOCKED);
    }

    @Override
    public void unblock(Broker broker) {
        Collector.acking(broker.consume(queue, 1_000));
    }

    @Test
    void deliversAgainWhatWasNotSettledWhenTheConnectionWasLost() {
        LocalBroker broker = (LocalBroker) broker();
        publish(broker, "a", "b", "c");
        Collector collector = Collector.holding(broker.consume(queue, 3));
        ReceivedMessage stale = collector.awaitCount(3).getFirst();

        broker.disconnect();

        collector.awaitCount(6);
        assertThat(collector.texts()).containsExactly("a", "b", "c", "a", "b", "c");
        assertThat(collector.messages().stream().map(ReceivedMessage::isGone))
                .containsExactly(true, true, true, false, false, false);
        stale.ack(); // of the lost connection: it must not settle the new delivery
        collector.messages().get(3).requeue();
        collector.awaitCount(7);
        assertThat(collector.messages().getLast().redeliveries()).isEqualTo(2);
    }

    @Test
    void deliversAgainWhatACancelledConsumerStillHeldWhenTheConnectionWasLost() {
        LocalBroker broker = (LocalBroker) broker();
        publish(broker, "held");
        Collector first = Collector.holding(broker.consume(queue, 3));
        first.awaitCount(1);
        first.cancel();

        broker.disconnect();

        Collector second = Collector.acking(broker.consume(queue, 3));
        assertThat(second.awaitCount(1).getFirst().redeliveries()).isEqualTo(1);
    }

    /** Its room is free once the dead queue has it, as with RabbitMQ. */
    @Test
    void countsADeadLetterWhereItCameFromUntilTheDeadQueueHasRoom() {
        try (var closing = new ClosingBroker(new QueueBounds(2, 1_000))) {
            LocalBroker small = closing.broker();
            small.declare(queue).block(PATIENCE);
            publish(small, "a", "b");
            Collector rejecting = Collector.with(small.consume(queue, 1), Long.MAX_VALUE, ReceivedMessage::reject);
            rejecting.awaitCount(2);
            publish(small, "c", "d");
            rejecting.awaitCount(4);

            await().atMost(PATIENCE).until(() -> small.state() == BrokerState.BLOCKED);
            Collector dead = Collector.acking(small.consume(Topology.dead(), 1));
            dead.awaitCount(4);
            assertThat(dead.texts()).containsExactly("a", "b", "c", "d");
            await().atMost(PATIENCE).until(() -> small.stats().queued() == 0);
        }
    }

    @Test
    void takesAMessageLargerThanTheBytesOfAQueueIntoAnEmptyOne() {
        try (var closing = new ClosingBroker(new QueueBounds(10, 100))) {
            closing.broker().declare(queue).block(PATIENCE);

            closing.broker().publish(message("x".repeat(500))).block(PATIENCE);

            Collector collector = Collector.acking(closing.broker().consume(queue, 1));
            assertThat(collector.awaitCount(1).getFirst().body()).hasSize(500);
        }
    }

    private record ClosingBroker(LocalBroker broker) implements AutoCloseable {

        ClosingBroker(QueueBounds bounds) {
            this(new LocalBroker(bounds, PublishLimits.DEFAULT));
        }

        @Override
        public void close() {
            broker.close().block(PATIENCE);
        }
    }
}
