package dev.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.util.retry.Retry;

/** The queues there are, and the special rules of queues for hints. */
interface QueueContract extends BrokerUnderTest {

    @Test
    default void sendsAFanoutToEveryQueue() {
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
    default void dropsTheOldestHints() {
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
    default void knowsWhichQueuesThereAre() {
        Broker broker = broker();

        assertThat(broker.exists(queue().name()).block(PATIENCE)).isTrue();
        broker.delete(queue().name()).block(PATIENCE);
        assertThat(broker.exists(queue().name()).block(PATIENCE)).isFalse();
        broker.delete(queue().name()).block(PATIENCE);
    }

    @Test
    default void keepsAMarkerQueue() {
        Broker broker = broker();
        QueueSpec epoch = Topology.epoch(UUID.randomUUID());

        broker.declare(epoch).block(PATIENCE);
        broker.declare(epoch).block(PATIENCE);

        assertThat(broker.exists(epoch.name()).block(PATIENCE)).isTrue();
        broker.delete(epoch.name()).block(PATIENCE);
    }

    @Test
    default void goesOnConsumingAfterItsQueueWasDeleted() {
        Broker broker = broker();
        Collector collector = Collector.acking(broker.consume(queue(), 10));
        publish(broker, "before");
        collector.awaitCount(1);

        broker.delete(queue().name()).block(PATIENCE);

        broker.publish(message("after"))
                .retryWhen(Retry.fixedDelay(1_000, Duration.ofMillis(20)))
                .block(PATIENCE);
        collector.awaitCount(2);
        assertThat(collector.texts()).containsExactly("before", "after");
    }

    private static OutboundMessage hint(String text) {
        return OutboundMessage.hint(Topology.CONTROL_EXCHANGE, text.getBytes(StandardCharsets.UTF_8));
    }
}
