package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static dev.sluice.gateway.testkit.GatewayTestkit.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.message.ControlMessage;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;

class CancelSweepIT extends SweepFixture {

    private final Set<RequestId> asked = ConcurrentHashMap.newKeySet();
    private final Disposable.Swap consuming = Disposables.swap();

    @BeforeEach
    void hearCancels() {
        consuming.update(testkit.broker()
                .consume(Topology.control(UUID.randomUUID()), 100)
                .subscribe(this::heard));
    }

    @AfterEach
    void stopHearing() {
        consuming.dispose();
    }

    @Test
    void repeatsEveryCancel() {
        TestGateway gateway = testkit.gateway();
        List<NewRequest> requests = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            List<NewRequest> some = queued(300);
            gateway.insert(some);
            requests.addAll(some);
        }
        testkit.execute("update request set state = 5");

        await().atMost(SOON).untilAsserted(() -> {
            value(gateway.part(CancelSweep.class).run());
            assertThat(asked).hasSize(requests.size());
        });
    }

    @Test
    void repeatsNothingButCancels() {
        TestGateway gateway = testkit.gateway();
        List<NewRequest> canceling = queued(3);
        gateway.insert(canceling);
        testkit.execute("update request set state = 5");
        gateway.insert(queued(3));

        awaitRepeat(gateway);

        assertThat(asked).containsExactlyInAnyOrderElementsOf(idsOf(canceling));
    }

    @Test
    void repeatsACancelThatCameAfterALookWithoutAny() {
        TestGateway gateway = testkit.gateway();
        List<NewRequest> requests = queued(3);
        gateway.insert(requests);
        value(gateway.part(CancelSweep.class).run());
        testkit.execute("update request set state = 5");

        awaitRepeat(gateway);

        assertThat(asked).containsExactlyInAnyOrderElementsOf(idsOf(requests));
    }

    private void awaitRepeat(TestGateway gateway) {
        await().atMost(SOON).until(() -> {
            value(gateway.part(CancelSweep.class).run());
            return !asked.isEmpty();
        });
    }

    private void heard(ReceivedMessage message) {
        if (Wire.decodeControl(message.body()) instanceof ControlMessage.Cancel cancel) {
            asked.addAll(cancel.ids());
        }
    }

    private static List<RequestId> idsOf(List<NewRequest> requests) {
        return requests.stream().map(NewRequest::id).toList();
    }
}
