package dev.sluice.gateway.dispatch;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.LostAnswers;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;

/** Requests that were taken from the backlog by a commit whose answer was lost; no sweep runs here. */
class UncertainTakeIT {

    private final GatewayTestkit testkit = GatewayTestkit.open();
    private final LostAnswers lost = new LostAnswers(testkit);
    private final Map<RequestId, Integer> dispatches = new ConcurrentHashMap<>();
    private final Disposable.Swap consuming = Disposables.swap();

    @AfterEach
    void close() {
        consuming.dispose();
        lost.proxy().heal();
        testkit.close();
        lost.close();
    }

    @Test
    void publishesWhatItTookWithoutHearingSo() throws SQLException {
        TestGateway gateway = testkit.gatewayThrough(lost.proxy()).dispatching();
        List<NewRequest> requests = waiting(20);
        GatewayTestkit.await(testkit.broker().declare(Topology.work(KIND)));

        lost.loseAnswer(
                "delete on backlog", () -> gateway.submit(requests), "from request where state = 2 and dispatch = 1");
        lost.proxy().heal();
        consuming.update(testkit.broker().consume(Topology.work(KIND), 100).subscribe(this::receive));

        await().atMost(SOON).untilAsserted(() -> assertThat(dispatches).hasSize(20));
        assertThat(dispatches.values()).containsOnly(2);
    }

    private void receive(ReceivedMessage message) {
        for (WorkItem item : Wire.decodeWork(message.body()).items()) {
            dispatches.put(item.id(), item.dispatch());
        }
        message.ack();
    }
}
