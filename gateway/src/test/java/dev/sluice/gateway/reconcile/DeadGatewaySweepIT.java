package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static dev.sluice.gateway.testkit.GatewayTestkit.value;
import static dev.sluice.gateway.testkit.GatewayTestkit.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.presence.GatewayIdentity;
import dev.sluice.gateway.presence.Presence;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.testkit.FaultyBroker;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class DeadGatewaySweepIT extends SweepFixture {

    @Test
    void takesBackOnceWhatADeadGatewayMayNotHavePublished() {
        TestGateway dead = testkit.gateway();
        dead.insert(queued(50));
        registered(dead, "10 s");
        List<Sweep> sweepers = sweepersOfTheDead();

        int repaired = runAll(sweepers);

        assertThat(repaired).isEqualTo(50);
        assertThat(testkit.count("from request where state = 1 and delivery = 1 and not dispatched"))
                .isEqualTo(50);
        assertThat(testkit.count("from request_log")).isEqualTo(50);
        assertThat(testkit.count("from backlog")).isEqualTo(50);
        assertThat(testkit.count("from gateway")).isZero();
    }

    /** A gateway deletes its row when it stops, unless it may have work that nobody else knows of. */
    @Test
    void takesBackWhatAGatewayThatStoppedHadNotConfirmed() {
        FaultyBroker broker = new FaultyBroker(testkit.broker());
        TestGateway stopping = testkit.gateway(broker).dispatching();
        broker.holdBack();
        stopping.submit(waiting(5));
        await().atMost(SOON).until(() -> testkit.count("from request where dispatched") == 5);

        stopping.close();
        testkit.execute("update gateway set renewed_at = renewed_at - interval '7 s'");
        int repaired = runAll(sweepersOfTheDead());

        assertThat(repaired).isEqualTo(5);
        assertThat(testkit.count("from backlog")).isEqualTo(5);
        assertThat(testkit.count("from gateway")).isZero();
    }

    @Test
    void looksAfterADeadGatewayAgainWhereItLostFiveRacesInARow() {
        TestGateway dead = testkit.gateway();
        dead.insert(queued(1));
        registered(dead, "10 s");
        testkit.loseRaces(5);
        Sweep sweep = sweepersOfTheDead().getFirst();

        StepVerifier.create(sweep.run()).verifyError(StoreUnavailableException.class);
        assertThat(testkit.count("from gateway")).isEqualTo(1);

        assertThat(value(sweep.run())).isEqualTo(1);
        assertThat(testkit.count("from gateway")).isZero();
    }

    @Test
    void leavesWhatADeadGatewayHadPublishedLongBefore() {
        TestGateway dead = testkit.gateway();
        dead.insert(queued(5));
        testkit.execute("update request set dispatched_at = now() - interval '1 minute'");
        registered(dead, "10 s");

        int repaired = runAll(sweepersOfTheDead());

        assertThat(repaired).isZero();
        assertThat(testkit.count("from request where state = 2")).isEqualTo(5);
        assertThat(testkit.count("from gateway")).isZero();
    }

    /** All rows are old while Postgres was away. */
    @Test
    void callsNobodyDeadUntilItsOwnRowIsRenewedAgain() {
        TestGateway other = testkit.gateway();
        other.insert(queued(5));
        registered(other, "10 s");
        TestGateway gateway = testkit.gateway();
        GatewayTestkit.await(gateway.part(Presence.class).start());

        int repaired = value(gateway.part(DeadGatewaySweep.class).run());

        assertThat(repaired).isZero();
        assertThat(testkit.count("from gateway")).isEqualTo(2);
    }

    @Test
    void leavesTheWorkOfGatewaysThatLive() {
        TestGateway living = testkit.gateway();
        living.insert(queued(5));
        registered(living, "2 s");

        int repaired = runAll(sweepersOfTheDead());

        assertThat(repaired).isZero();
        assertThat(testkit.count("from gateway")).isEqualTo(1);
    }

    @Test
    void leavesWhatWaits() {
        TestGateway gateway = testkit.gateway();
        gateway.insert(waiting(5));
        registered(gateway, "10 s");

        int repaired = runAll(sweepersOfTheDead());

        assertThat(repaired).isZero();
        assertThat(testkit.count("from backlog")).isEqualTo(5);
    }

    private void registered(TestGateway gateway, String heardBefore) {
        testkit.execute("insert into gateway (id, host, started_at, renewed_at) values ('" + gateway.id()
                + "', 'test', now(), now() - interval '" + heardBefore + "')");
    }

    /** Of gateways that may call others dead. */
    private List<Sweep> sweepersOfTheDead() {
        return sweepers(() -> sweeperOfTheDead(testkit.gateway()));
    }

    private static Sweep sweeperOfTheDead(TestGateway gateway) {
        return new DeadGatewaySweep(
                gateway.part(GatewayIdentity.class),
                gateway.part(Presence.class),
                () -> true,
                gateway.part(RequestEvidence.class),
                gateway.part(Transitions.class));
    }
}
