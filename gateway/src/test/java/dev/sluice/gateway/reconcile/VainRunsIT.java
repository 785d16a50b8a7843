package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.PROCESSOR;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.message.ControlMessage;
import dev.sluice.message.ControlMessage.Dispatch;
import dev.sluice.message.Fence;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.message.Wire;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;

/** Runs that processors list, and that do not count any more. */
class VainRunsIT extends HeartbeatSweepFixture {

    private final Queue<Dispatch> forsaken = new ConcurrentLinkedQueue<>();
    private final Disposable.Swap consuming = Disposables.swap();

    @BeforeEach
    void hear() {
        consuming.update(testkit.broker()
                .consume(Topology.control(UUID.randomUUID()), 100)
                .subscribe(this::heard));
    }

    @AfterEach
    void stopHearing() {
        consuming.dispose();
    }

    @Test
    void forsakesARunWhoseRequestWasDispatchedAgain() {
        running();
        testkit.execute("update request set dispatch = 2, processor = '" + OTHER + "'");

        listed(3);

        awaitForsaken();
    }

    /** Its last report is on the way. */
    @Test
    void leavesARunThatOnlyOneMoreHeartbeatLists() {
        running();
        testkit.execute("update request set state = 20, dispatched = false");

        listed(2);

        assertNoneForsaken();
    }

    @Test
    void forsakesARunWhoseRequestHasEnded() {
        running();
        testkit.execute("update request set state = 22, dispatched = false");

        listed(3);

        awaitForsaken();
    }

    @Test
    void forsakesARunWhoseRequestWaits() {
        running();
        testkit.execute("update request set state = 1, dispatched = false");

        listed(3);

        awaitForsaken();
    }

    @Test
    void leavesRunsOfThePresentDispatch() {
        running();
        testkit.execute("update request set delivery = 1");

        listed(6);

        assertNoneForsaken();
    }

    /** Whoever receives the shard knows which heartbeats are later than which reports. */
    @Test
    void leavesRunsOfShardsThatAnotherGatewayReceives() {
        receivedShards = Set.of((Topology.shardOf(id.value()) + 1) % Topology.STATUS_SHARDS);
        running();
        testkit.execute("update request set state = 20, dispatched = false");

        listed(6);

        assertNoneForsaken();
    }

    /** So many heartbeats list the first run, and there is a look after each of them. */
    private void listed(int heartbeats) {
        for (int number = 1; number <= heartbeats; number++) {
            hear(PROCESSOR, number, new Held(id, FIRST, true));
            check();
        }
    }

    private void awaitForsaken() {
        await().atMost(SOON).untilAsserted(() -> assertThat(forsaken).contains(new Dispatch(id, FIRST.dispatch())));
    }

    /** A run that is in vain comes through, and nothing before it. */
    private void assertNoneForsaken() {
        receivedShards = Set.of(0, 1, 2, 3);
        testkit.execute("update request set state = 20, dispatched = false");
        for (int number = 11; number <= 13; number++) {
            hear(OTHER, number, new Held(id, new Fence(9, 0), true));
            hear(PROCESSOR, number);
            check();
        }
        await().atMost(SOON).until(() -> !forsaken.isEmpty());
        assertThat(forsaken).containsExactly(new Dispatch(id, 9));
    }

    private void heard(ReceivedMessage message) {
        if (Wire.decodeControl(message.body()) instanceof ControlMessage.Forsake forsake) {
            forsaken.addAll(forsake.dispatches());
        }
    }
}
