package dev.sluice.queue;

import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;

/**
 * The contract of every {@link Broker}. Each test has a queue of its own, so that an adapter may keep one broker for
 * all.
 */
public abstract class BrokerContract implements DeliveryContract, PublishingContract, QueueContract {

    private final List<Broker> brokers = new ArrayList<>();
    protected final QueueSpec queue = Topology.work("kind-" + UUID.randomUUID());

    /** A new broker with these limits; the suite closes it. */
    protected abstract Broker newBroker(PublishLimits limits);

    @AfterEach
    void closeBrokers() {
        brokers.forEach(broker -> broker.close().block(PATIENCE));
    }

    @Override
    public final QueueSpec queue() {
        return queue;
    }

    @Override
    public final Broker broker(PublishLimits limits) {
        Broker broker = newBroker(limits);
        brokers.add(broker);
        broker.declare(queue).block(PATIENCE);
        await().atMost(PATIENCE).until(() -> broker.state() == BrokerState.CONNECTED);
        return broker;
    }
}
