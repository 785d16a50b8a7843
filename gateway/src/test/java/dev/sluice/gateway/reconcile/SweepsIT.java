package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static dev.sluice.gateway.testkit.GatewayTestkit.value;
import static dev.sluice.gateway.testkit.GatewayTestkit.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.broker.Deployment;
import dev.sluice.gateway.presence.GatewayIdentity;
import dev.sluice.gateway.presence.Presence;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.ControlMessage;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.queue.Topology;
import dev.sluice.queue.local.LocalBroker;
import dev.sluice.testkit.FaultyBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class SweepsIT {

    private static final int SWEEPERS = 3;

    private final GatewayTestkit testkit = GatewayTestkit.open();

    @AfterEach
    void close() {
        testkit.close();
    }

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
    void comparesTheBrokersMarkerAgainWhereItLostFiveRacesInARow() {
        runAll(sweepers(EpochSweep.class));
        testkit.gateway().insert(queued(1));
        GatewayTestkit.await(testkit.broker().delete(marker(epoch())));
        testkit.loseRaces(5);
        Sweep sweep = testkit.gateway().part(EpochSweep.class);

        StepVerifier.create(sweep.run()).verifyError(StoreUnavailableException.class);

        assertThat(value(sweep.run())).isEqualTo(1);
        assertThat(testkit.count("from backlog")).isEqualTo(1);
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
    void knowsABrokerThatStayed() {
        runAll(sweepers(EpochSweep.class));
        testkit.gateway().insert(queued(5));

        int repaired = runAll(sweepers(EpochSweep.class));

        assertThat(repaired).isZero();
        assertThat(testkit.count("from request where state = 2")).isEqualTo(5);
        assertThat(testkit.count("from broker_epoch")).isEqualTo(1);
    }

    @Test
    void takesBackOnceWhatWasQueuedInABrokerThatCameBackEmpty() {
        runAll(sweepers(EpochSweep.class));
        String epoch = epoch();
        testkit.gateway().insert(queued(50));
        testkit.execute("update request set state = 3, ordinal = 1, processor = gen_random_uuid()"
                + " where id in (select id from request limit 10)");
        GatewayTestkit.await(testkit.broker().delete(marker(epoch)));

        int repaired = runAll(sweepers(EpochSweep.class));

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
        Set<RequestId> asked = ConcurrentHashMap.newKeySet();
        Disposable consuming = testkit.broker()
                .consume(Topology.control(UUID.randomUUID()), 100)
                .subscribe(message -> {
                    if (Wire.decodeControl(message.body()) instanceof ControlMessage.Cancel cancel) {
                        asked.addAll(cancel.ids());
                    }
                });

        await().atMost(SOON).untilAsserted(() -> {
            value(gateway.part(CancelSweep.class).run());
            assertThat(asked).hasSize(requests.size());
        });
        consuming.dispose();
    }

    @Test
    void repeatsNothingButCancels() {
        TestGateway gateway = testkit.gateway();
        List<NewRequest> canceling = queued(3);
        gateway.insert(canceling);
        testkit.execute("update request set state = 5");
        gateway.insert(queued(3));
        Set<RequestId> asked = ConcurrentHashMap.newKeySet();
        Disposable consuming = testkit.broker()
                .consume(Topology.control(UUID.randomUUID()), 100)
                .subscribe(message -> {
                    if (Wire.decodeControl(message.body()) instanceof ControlMessage.Cancel cancel) {
                        asked.addAll(cancel.ids());
                    }
                });

        await().atMost(SOON).until(() -> {
            value(gateway.part(CancelSweep.class).run());
            return !asked.isEmpty();
        });

        assertThat(asked)
                .containsExactlyInAnyOrderElementsOf(
                        canceling.stream().map(NewRequest::id).toList());
        consuming.dispose();
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

    /** Of gateways that may say so. */
    private List<Sweep> sweepersOfTheDead() {
        List<Sweep> sweepers = new ArrayList<>();
        for (int i = 0; i < SWEEPERS; i++) {
            sweepers.add(sweeperOfTheDead(testkit.gateway(), () -> true));
        }
        return sweepers;
    }

    private static Sweep sweeperOfTheDead(TestGateway gateway, BooleanSupplier maySay) {
        return new DeadGatewaySweep(
                gateway.part(GatewayIdentity.class),
                gateway.part(Presence.class),
                maySay,
                gateway.part(RequestEvidence.class),
                gateway.part(Transitions.class));
    }

    private List<Sweep> sweepers(Class<? extends Sweep> type) {
        return sweepers(type, new Deployment(false));
    }

    /** Of gateways whose broker and processors live and die with them. */
    private List<Sweep> sweepersOfOneProcess() {
        return sweepers(EpochSweep.class, new Deployment(true));
    }

    private List<Sweep> sweepers(Class<? extends Sweep> type, Deployment deployment) {
        List<Sweep> sweepers = new ArrayList<>();
        for (int i = 0; i < SWEEPERS; i++) {
            sweepers.add(testkit.gateway(testkit.broker(), deployment).part(type));
        }
        return sweepers;
    }

    private static int runAll(List<Sweep> sweepers) {
        return value(Flux.fromIterable(sweepers).flatMap(Sweep::run, SWEEPERS).reduce(0, Integer::sum));
    }

    private String epoch() {
        return testkit.query("select epoch from broker_epoch").getFirst();
    }

    private static String marker(String epoch) {
        return Topology.epoch(UUID.fromString(epoch)).name();
    }
}
