package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.PROCESSOR;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.presence.JournalProgress;
import dev.sluice.gateway.presence.KnownProcessor;
import dev.sluice.gateway.presence.LatestHeartbeats;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.Fence;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.message.StatusMessage.KindOffer;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeartbeatSweepIT {

    private static final Fence FIRST = new Fence(1, 0);
    private static final UUID OTHER = UUID.fromString("00000000-0000-4000-8000-00000000000c");

    private final GatewayTestkit testkit = GatewayTestkit.open();
    private final TestGateway gateway = testkit.gateway();
    private final AtomicLong now = new AtomicLong();
    private final NewRequest request = GatewayTestkit.request(true);
    private final RequestId id = request.id();
    private final LatestHeartbeats heartbeats = gateway.part(LatestHeartbeats.class);
    private final JournalProgress progress = gateway.part(JournalProgress.class);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private int intervalMs = 5_000;
    private final HeartbeatSweep sweep = new HeartbeatSweep(
            new LostRuns(
                    heartbeats,
                    new ProcessorSilence(
                            gateway.processors(), new StatusQueueReading(progress, testkit.broker(), now::get)),
                    Clock.systemUTC(),
                    now::get),
            gateway.part(RequestEvidence.class),
            testkit.broker(),
            gateway.part(Transitions.class),
            meters);

    @AfterEach
    void close() {
        testkit.close();
    }

    @Test
    void takesBackWhatItsProcessorHoldsNoMore() {
        running();
        steady();

        hear(PROCESSOR, 1);
        check();
        hear(PROCESSOR, 2);
        check();
        RequestState before = state();
        hear(PROCESSOR, 3);
        check();

        assertThat(before).as("one more heartbeat is no evidence").isEqualTo(RequestState.RUNNING);
        assertThat(snapshot().state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(snapshot().fence()).isEqualTo(new Fence(1, 1));
        assertThat(snapshot().alone()).as("its processor lives").isFalse();
        assertThat(testkit.count("from backlog")).isEqualTo(1);
    }

    @Test
    void leavesWhatItsProcessorHolds() {
        running();
        steady();

        for (int number = 1; number < 6; number++) {
            hear(PROCESSOR, number, new Held(id, FIRST, true));
            check();
        }

        assertThat(state()).isEqualTo(RequestState.RUNNING);
    }

    @Test
    void takesBackAsCrashedWhatASilentProcessorRan() {
        running();
        hear(PROCESSOR, 1, new Held(id, FIRST, true));
        silent(PROCESSOR);
        steady();

        check();
        check();

        assertThat(state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(snapshot().alone()).isTrue();
    }

    @Test
    void endsACancelThatASilentProcessorCannotAnswer() {
        running();
        testkit.execute("update request set state = 5");
        hear(PROCESSOR, 1);
        silent(PROCESSOR);
        steady();

        check();
        check();

        assertThat(state()).isEqualTo(RequestState.CANCELED);
    }

    @Test
    void givesAProcessorTheLeaseThatItsOwnRhythmAsksFor() {
        intervalMs = 30_000;
        running();
        hear(PROCESSOR, 1, new Held(id, FIRST, true));
        lastHeard(PROCESSOR, Duration.ofSeconds(100));
        now.addAndGet(Duration.ofMinutes(4).toNanos());
        check();
        check();
        RequestState afterThreeHeartbeats = state();

        lastHeard(PROCESSOR, Duration.ofSeconds(181));
        check();

        assertThat(afterThreeHeartbeats).isEqualTo(RequestState.RUNNING);
        assertThat(state()).isEqualTo(RequestState.ACCEPTED);
    }

    /** Any of them may have killed it, so none is suspected, unless it was suspected before. */
    @Test
    void suspectsNothingThatSharedASilentProcessor() {
        running();
        NewRequest neighbour = GatewayTestkit.request(true);
        gateway.insert(List.of(neighbour));
        testkit.execute("update request set state = 3, ordinal = 1, attempt = 1, alone = (id = '"
                + neighbour.id().value() + "'), processor = '" + PROCESSOR + "'");
        hear(PROCESSOR, 1);
        silent(PROCESSOR);
        hear(OTHER, 1);
        steady();

        check();
        check();

        assertThat(state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(snapshot().alone()).isFalse();
        assertThat(testkit.count("from request where alone and crashes = 1 and state = 1"))
                .isEqualTo(1);
    }

    @Test
    void leavesWhatRunsWhileHeartbeatsWaitUnread() {
        running();
        hear(PROCESSOR, 1, new Held(id, FIRST, true));
        testkit.publish(Topology.shardOf(id.value()), heartbeat(PROCESSOR, 2));
        silent(PROCESSOR);
        steady();

        check();
        check();

        assertThat(state()).isEqualTo(RequestState.RUNNING);
    }

    /** A dump or a change of the schema locks the log: reports wait here, and the heartbeats behind them. */
    @Test
    void leavesWhatRunsWhileTheJournalIsLate() throws SQLException {
        running();
        gateway.journaling();
        testkit.publish(Topology.shardOf(id.value()), heartbeat(PROCESSOR, 1, new Held(id, FIRST, true)));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(gateway.processors().all()).hasSize(1));
        try (Connection locker = testkit.connect();
                Statement lock = locker.createStatement()) {
            locker.setAutoCommit(false);
            lock.execute("lock table request_log in access exclusive mode");
            testkit.report(new Report.Progress(id, FIRST, 2, Instant.now(), "{}"));
            await().atMost(SOON)
                    .untilAsserted(() ->
                            assertThat(value(testkit.broker().ready(status()))).isZero());
            testkit.publish(Topology.shardOf(id.value()), heartbeat(PROCESSOR, 2, new Held(id, FIRST, true)));
            silent(PROCESSOR);
            steady();

            check();
            check();

            locker.rollback();
        }
        assertThat(state()).isEqualTo(RequestState.RUNNING);
    }

    /** A gateway that just came up has not listened long enough to call anybody silent. */
    @Test
    void givesEveryProcessorAWholeLease() {
        running();
        hear(PROCESSOR, 1);
        silent(PROCESSOR);

        now.addAndGet(KnownProcessor.MIN_LEASE.minusSeconds(1).toNanos());
        check();

        assertThat(state()).isEqualTo(RequestState.RUNNING);
    }

    @Test
    void takesBackWhatIsQueuedWhileItsQueueIsEmptyAndNobodyHoldsIt() {
        queuedForLong();
        steady();

        hearBoth(1);
        check();
        hearBoth(2);
        check();
        hearBoth(3);
        check();

        assertThat(state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(snapshot().attempt()).isZero();
    }

    @Test
    void leavesWhatSomebodyHasReceived() {
        queuedForLong();
        steady();

        for (int number = 1; number < 6; number++) {
            hear(PROCESSOR, number);
            hear(OTHER, number, new Held(id, FIRST, false));
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void leavesWhatMayStillBeInTheQueue() {
        queuedForLong();
        fillQueue();
        steady();

        for (int number = 1; number < 6; number++) {
            hearBoth(number);
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void takesBackWhatWasOvertakenAlthoughItsQueueIsNeverEmpty() {
        queuedForLong();
        fillQueue();
        startedLater(Duration.ofSeconds(60));
        steady();

        for (int number = 1; number < 4; number++) {
            hearBoth(number);
            check();
        }

        assertThat(state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(meters.counter("sluice.repairs", "evidence", "overtaken").count())
                .isEqualTo(1);
    }

    /** Messages of a lost connection return behind others that have been received since. */
    @Test
    void leavesWhatWasOvertakenByALittle() {
        queuedForLong();
        fillQueue();
        startedLater(Duration.ofSeconds(20));
        steady();

        for (int number = 1; number < 6; number++) {
            hearBoth(number);
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void leavesWhatWasOvertakenWhileItWaitsAtAProcessor() {
        queuedForLong();
        fillQueue();
        startedLater(Duration.ofSeconds(60));
        steady();

        for (int number = 1; number < 6; number++) {
            hear(PROCESSOR, number);
            hear(OTHER, number, new Held(id, FIRST, false));
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    /** Its message is back in the queue: it is not lost, others are only faster. */
    @Test
    void leavesWhatAProcessorReceivedAndReturned() {
        queuedForLong();
        fillQueue();
        startedLater(Duration.ofSeconds(60));
        steady();
        hear(PROCESSOR, 1);
        hear(OTHER, 1, new Held(id, FIRST, false));
        check();

        for (int number = 2; number < 6; number++) {
            hearBoth(number);
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void leavesWhatSomebodyHasReceivedAgain() {
        queuedForLong();
        steady();

        for (int number = 1; number < 6; number++) {
            hear(PROCESSOR, number);
            hear(OTHER, number, new Held(id, new Fence(1, 1), false));
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void leavesWhatWasQueuedJustNow() {
        gateway.insert(List.of(request));
        steady();

        for (int number = 1; number < 6; number++) {
            hearBoth(number);
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    private void running() {
        gateway.insert(List.of(request));
        testkit.execute("update request set state = 3, ordinal = 1, attempt = 1, processor = '" + PROCESSOR + "'");
    }

    private void queuedForLong() {
        gateway.insert(List.of(request));
        testkit.execute("update request set dispatched_at = dispatched_at - interval '1 hour'");
    }

    private void fillQueue() {
        GatewayTestkit.await(testkit.broker()
                .declare(Topology.work(KIND))
                .then(testkit.broker().publish(OutboundMessage.durable(Topology.WORK_EXCHANGE, KIND, new byte[] {1}))));
    }

    /** One more of the kind, dispatched so much later, ran and was seen. */
    private void startedLater(Duration later) {
        NewRequest other = GatewayTestkit.request(true);
        gateway.insert(List.of(other));
        testkit.execute("update request set state = 3, ordinal = 1, processor = '" + PROCESSOR + "', dispatched_at ="
                + " (select dispatched_at from request where id = '" + id.value() + "') + interval '"
                + later.toSeconds()
                + " s' where id = '" + other.id().value() + "'");
        check();
        testkit.execute("update request set state = 20, dispatched = false where id = '"
                + other.id().value() + "'");
    }

    private void steady() {
        now.addAndGet(KnownProcessor.MIN_LEASE.plus(Duration.ofSeconds(1)).toNanos());
    }

    private void silent(UUID processor) {
        lastHeard(processor, Duration.ofSeconds(31));
    }

    private void lastHeard(UUID processor, Duration ago) {
        testkit.execute("update processor set heard_at = now() - interval '" + ago.toSeconds() + " s' where id = '"
                + processor + "'");
        GatewayTestkit.await(gateway.processors().refresh());
    }

    private void check() {
        GatewayTestkit.await(sweep.run());
    }

    private void hearBoth(long number) {
        hear(PROCESSOR, number);
        hear(OTHER, number);
    }

    private void hear(UUID processor, long number, Held... held) {
        Heartbeat heartbeat = heartbeat(processor, number, held);
        for (int shard = 0; shard < Topology.STATUS_SHARDS; shard++) {
            progress.received(shard);
            progress.written(shard);
        }
        heartbeats.heard(Topology.shardOf(id.value()), heartbeat);
        GatewayTestkit.await(gateway.processors().heard(heartbeat));
    }

    private Heartbeat heartbeat(UUID processor, long number, Held... held) {
        Instant at = Instant.now();
        return new Heartbeat(
                processor,
                "test",
                "1",
                at,
                at,
                number,
                intervalMs,
                8,
                held.length,
                false,
                List.of(new KindOffer(KIND, 8, 1)),
                List.of(held));
    }

    private String status() {
        return Topology.status(Topology.shardOf(id.value())).name();
    }

    private RequestState state() {
        return snapshot().state();
    }

    private RequestSnapshot snapshot() {
        return gateway.snapshot(id);
    }
}
