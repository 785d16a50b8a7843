package dev.sluice.gateway.intake;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.batch.BatchLimits;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.store.RequestStore;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.LostAnswers;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Submissions that were to go past the backlog, by an insert whose end nobody could tell; no sweep runs here. */
class UncertainInsertIT {

    private static final BatchLimits LIMITS = new BatchLimits(1, 16, 1 << 20, 16, 1 << 20);

    private final GatewayTestkit testkit = GatewayTestkit.open();
    private final LostAnswers lost = new LostAnswers(testkit);
    private final Queue<WorkItem> received = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        lost.proxy().heal();
        testkit.close();
        lost.close();
    }

    @Test
    void publishesWhatIsStoredAfterItsCallerWasToldThatNobodyKnows() throws SQLException {
        TestGateway gateway = testkit.gatewayThrough(lost.proxy()).dispatching();
        RequestWriter writer = new RequestWriter(
                gateway.id(),
                gateway.part(RequestStore.class),
                gateway.dispatcher(),
                LIMITS,
                new SimpleMeterRegistry());
        awaitFastWay(gateway);
        testkit.broker().consume(Topology.work(KIND), 100).subscribe(this::receive);
        NewRequest request = GatewayTestkit.request(false);
        AtomicReference<CompletableFuture<@Nullable NewRequest>> insert = new AtomicReference<>();

        lost.loseAnswer(
                "insert on request_payload",
                () -> insert.set(writer.insert(request).toFuture()),
                "from request where state = 2 and dispatch = 1");
        await().atMost(SOON).until(() -> insert.get().isCompletedExceptionally());
        lost.proxy().heal();

        await().atMost(SOON).untilAsserted(() -> assertThat(received).hasSize(1));
        assertThat(received).extracting(WorkItem::id).containsExactly(request.id());
        assertThat(insert.get().exceptionNow()).isInstanceOf(SubmitRejection.OutcomeUnknown.class);
    }

    private static void awaitFastWay(TestGateway gateway) {
        await().atMost(SOON).until(() -> {
            boolean open = gateway.dispatcher().tryReserve(KIND);
            if (open) {
                gateway.dispatcher().aborted(queued(1));
            }
            return open;
        });
    }

    private void receive(ReceivedMessage message) {
        received.addAll(Wire.decodeWork(message.body()).items());
        message.ack();
    }
}
