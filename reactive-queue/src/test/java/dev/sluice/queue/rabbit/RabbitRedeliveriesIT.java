package dev.sluice.queue.rabbit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.queue.Broker;
import dev.sluice.queue.Collector;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import dev.sluice.testkit.RabbitNode;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The value of {@link ReceivedMessage#redeliveries} after every sort of return: the fence between runs needs it to
 * rise.
 */
final class RabbitRedeliveriesIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int TIMES = 4;

    private static RabbitNode node;

    private final QueueSpec queue = Topology.work("kind-" + UUID.randomUUID());
    private Broker broker;

    @BeforeAll
    static void startNode() {
        node = RabbitNode.start();
    }

    @AfterAll
    static void closeNode() {
        node.close();
    }

    @BeforeEach
    void publishOne() {
        broker = RabbitBroker.connect(RabbitSettings.of(node.address()));
        broker.declare(queue).block(PATIENCE);
        broker.publish(OutboundMessage.durable(queue.exchange(), queue.routingKey(), new byte[1]))
                .block(PATIENCE);
        node.sync();
    }

    @AfterEach
    void close() {
        broker.close().block(PATIENCE);
    }

    @Test
    void riseWithEachRequeue() {
        assertThat(redeliveriesAfterEach(ReceivedMessage::requeue)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void riseWithEachChannelThatIsClosed() {
        assertThat(redeliveriesAfterEach(RabbitRedeliveriesIT::closeChannelOf)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void riseWithEachConnectionThatIsLost() {
        assertThat(redeliveriesAfterEach(_ -> node.closeConnections())).containsExactly(0, 1, 2, 3);
    }

    @Test
    void riseWithEachKillOfTheBroker() {
        assertThat(redeliveriesAfterEach(_ -> node.restart())).containsExactly(0, 1, 2, 3);
    }

    private List<Integer> redeliveriesAfterEach(Consumer<ReceivedMessage> loss) {
        Collector collector = Collector.holding(broker.consume(queue, 1));
        for (int i = 1; i < TIMES; i++) {
            loss.accept(collector.awaitCount(i).getLast());
        }
        return collector.awaitCount(TIMES).stream()
                .map(ReceivedMessage::redeliveries)
                .toList();
    }

    /** A tag that was never given: the broker answers 406 and closes the channel. */
    private static void closeChannelOf(ReceivedMessage message) {
        ((RabbitDelivery) message).channel().settle(4_711, ConsumeChannel.Settling.ACK);
    }
}
