package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static dev.sluice.gateway.testkit.GatewayTestkit.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.broker.Deployment;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.queue.Topology;
import dev.sluice.queue.local.LocalBroker;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class EpochSweepIT extends SweepFixture {

    @Test
    void comparesTheBrokersMarkerAgainWhereItLostFiveRacesInARow() {
        runAll(sweepersOfSeveralProcesses());
        testkit.gateway().insert(queued(1));
        GatewayTestkit.await(testkit.broker().delete(marker(epoch())));
        testkit.loseRaces(5);
        Sweep sweep = testkit.gateway().part(EpochSweep.class);

        StepVerifier.create(sweep.run()).verifyError(StoreUnavailableException.class);

        assertThat(value(sweep.run())).isEqualTo(1);
        assertThat(testkit.count("from backlog")).isEqualTo(1);
    }

    @Test
    void knowsABrokerThatStayed() {
        runAll(sweepersOfSeveralProcesses());
        testkit.gateway().insert(queued(5));

        int repaired = runAll(sweepersOfSeveralProcesses());

        assertThat(repaired).isZero();
        assertThat(testkit.count("from request where state = 2")).isEqualTo(5);
        assertThat(testkit.count("from broker_epoch")).isEqualTo(1);
    }

    @Test
    void takesBackOnceWhatWasQueuedInABrokerThatCameBackEmpty() {
        runAll(sweepersOfSeveralProcesses());
        String epoch = epoch();
        testkit.gateway().insert(queued(50));
        testkit.execute("update request set state = 3, ordinal = 1, processor = gen_random_uuid()"
                + " where id in (select id from request limit 10)");
        GatewayTestkit.await(testkit.broker().delete(marker(epoch)));

        int repaired = runAll(sweepersOfSeveralProcesses());

        assertThat(repaired).as("what runs may still report").isEqualTo(40);
        assertThat(testkit.count("from request where state = 3")).isEqualTo(10);
        assertThat(testkit.count("from backlog")).isEqualTo(40);
        assertThat(epoch()).isNotEqualTo(epoch);
        assertThat(value(testkit.broker().exists(marker(epoch())))).isTrue();
    }

    @Test
    void looksAgainOnlyAfterALoss() {
        EpochSweep sweep = testkit.gateway().part(EpochSweep.class);
        value(sweep.run());
        testkit.gateway().insert(queued(5));
        GatewayTestkit.await(testkit.broker().delete(marker(epoch())));

        int before = value(sweep.run());
        ((LocalBroker) testkit.broker()).disconnect();
        int after = value(sweep.run());

        assertThat(before).isZero();
        assertThat(after).isEqualTo(5);
    }

    /** Broker and processors ended with the JVM: runs there have crashed, and count as crashes if they were alone. */
    @Test
    void takesBackWhatRanWhereProcessorsGoWithTheBroker() {
        runAll(sweepersOfOneProcess());
        testkit.gateway().insert(queued(20));
        testkit.execute("update request set state = 3, ordinal = 1, attempt = 1, alone = true,"
                + " processor = gen_random_uuid() where id in (select id from request limit 10)");
        GatewayTestkit.await(testkit.broker().delete(marker(epoch())));

        int repaired = runAll(sweepersOfOneProcess());

        assertThat(repaired).isEqualTo(20);
        assertThat(testkit.count("from request where crashes = 1 and alone and attempt = 0"))
                .isEqualTo(10);
        assertThat(testkit.count("from request where crashes = 0 and not alone"))
                .isEqualTo(10);
    }

    private List<Sweep> sweepersOfSeveralProcesses() {
        return sweepersOf(new Deployment(false));
    }

    /** Of gateways whose broker and processors live and die with them. */
    private List<Sweep> sweepersOfOneProcess() {
        return sweepersOf(new Deployment(true));
    }

    private List<Sweep> sweepersOf(Deployment deployment) {
        return sweepers(() -> testkit.gateway(testkit.broker(), deployment).part(EpochSweep.class));
    }

    private String epoch() {
        return testkit.query("select epoch from broker_epoch").getFirst();
    }

    private static String marker(String epoch) {
        return Topology.epoch(UUID.fromString(epoch)).name();
    }
}
