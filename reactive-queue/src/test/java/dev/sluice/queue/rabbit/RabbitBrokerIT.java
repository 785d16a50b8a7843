package dev.sluice.queue.rabbit;

import static org.awaitility.Awaitility.await;

import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerContract;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishLimits;
import dev.sluice.queue.Topology;
import dev.sluice.testkit.RabbitNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class RabbitBrokerIT extends BrokerContract {

    private static RabbitNode node;

    @BeforeAll
    static void startNode() {
        node = RabbitNode.start();
    }

    @AfterAll
    static void closeNode() {
        node.close();
    }

    @Override
    protected Broker newBroker(PublishLimits limits) {
        return RabbitBroker.connect(RabbitSettings.of(node.address()).withLimits(limits));
    }

    @Override
    public void block(Broker broker) {
        node.raiseMemoryAlarm();
        // The broker blocks a connection at its next publish. An empty message is complete before that, so it takes no
        // place.
        broker.publish(OutboundMessage.hint(Topology.ANNOUNCE_EXCHANGE, new byte[0]))
                .block(PATIENCE);
        await().atMost(PATIENCE).until(() -> broker.state() == BrokerState.BLOCKED);
    }

    @Override
    public void unblock(Broker broker) {
        node.clearMemoryAlarm();
    }
}
