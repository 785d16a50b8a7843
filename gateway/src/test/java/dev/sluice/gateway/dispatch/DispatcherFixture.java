package dev.sluice.gateway.dispatch;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import reactor.core.Disposable;
import reactor.core.Disposables;

/** Gateways that dispatch one kind, and a consumer in place of its processors. */
abstract class DispatcherFixture {

    private static final int PREFETCH = 1_000;
    static final int WINDOW = 64;

    final GatewayTestkit testkit = GatewayTestkit.open();
    final Queue<WorkEnvelope> received = new ConcurrentLinkedQueue<>();
    private final Disposable.Swap consuming = Disposables.swap();

    @AfterEach
    void close() {
        consuming.dispose();
        testkit.close();
    }

    static void awaitFastWay(TestGateway gateway) {
        await().atMost(SOON).until(() -> {
            boolean open = gateway.dispatcher().tryReserve(KIND);
            if (open) {
                gateway.dispatcher().aborted(queued(1));
            }
            return open;
        });
    }

    void consume() {
        GatewayTestkit.await(testkit.broker().declare(Topology.work(KIND)));
        consuming.update(testkit.broker().consume(Topology.work(KIND), PREFETCH).subscribe(this::receive));
    }

    private void receive(ReceivedMessage message) {
        received.add(Wire.decodeWork(message.body()));
        message.ack();
    }

    List<WorkItem> items() {
        List<WorkItem> items = new ArrayList<>();
        received.forEach(envelope -> items.addAll(envelope.items()));
        return items;
    }
}
