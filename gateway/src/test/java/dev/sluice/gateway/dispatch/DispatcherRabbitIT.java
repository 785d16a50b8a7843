package dev.sluice.gateway.dispatch;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import dev.sluice.queue.rabbit.RabbitBroker;
import dev.sluice.queue.rabbit.RabbitSettings;
import dev.sluice.testkit.PostgresNode;
import dev.sluice.testkit.RabbitNode;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DispatcherRabbitIT {

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final RabbitNode node = RabbitNode.start();
    private final RabbitBroker broker = RabbitBroker.connect(RabbitSettings.of(node.address()));
    private final GatewayTestkit testkit = GatewayTestkit.on(PostgresNode.shared(), broker);
    private final Set<RequestId> received = ConcurrentHashMap.newKeySet();

    @AfterEach
    void close() {
        testkit.close();
        node.close();
    }

    /**
     * Accepting does not need the broker: requests wait in Postgres meanwhile, and leave when the broker is back.
     */
    @Test
    void waitsInTheBacklogWhileTheBrokerIsAway() {
        TestGateway gateway = testkit.gateway().dispatching();
        broker.consume(Topology.work(KIND), 100).subscribe(this::receive);
        gateway.submit(waiting(10));
        await().atMost(PATIENCE).until(() -> received.size() == 10);

        node.sync();
        node.kill();
        await().atMost(PATIENCE).until(() -> broker.state() == BrokerState.DISCONNECTED);
        gateway.submit(waiting(40));
        boolean fastWay = gateway.dispatcher().tryReserve(KIND);
        long backlog = testkit.count("from backlog");
        node.restart();

        assertThat(fastWay).isFalse();
        assertThat(backlog).isEqualTo(40);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(received).hasSize(50));
        assertThat(testkit.count("from backlog")).isZero();
    }

    /** A queue that a person deleted is declared again, and no request for it is lost. */
    @Test
    void declaresAQueueAgainThatIsGone() {
        TestGateway gateway = testkit.gateway().dispatching();
        gateway.submit(waiting(1));
        await().atMost(PATIENCE).until(() -> Long.valueOf(1).equals(GatewayTestkit.value(broker.ready(queue()))));
        GatewayTestkit.await(broker.delete(queue()));

        gateway.submit(waiting(5));

        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(broker.ready(queue()).block(PATIENCE)).isNotNull());
        broker.consume(Topology.work(KIND), 100).subscribe(this::receive);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(received).hasSize(5));
    }

    private static String queue() {
        return Topology.work(KIND).name();
    }

    private void receive(ReceivedMessage message) {
        for (WorkItem item : Wire.decodeWork(message.body()).items()) {
            received.add(item.id());
        }
        message.ack();
    }
}
