package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.PROCESSOR;

import dev.sluice.gateway.cancel.StopHints;
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
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.message.StatusMessage.KindOffer;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;

/** One request that is out, the heartbeats of two processors, and the sweep that compares them. */
abstract class HeartbeatSweepFixture {

    static final Fence FIRST = new Fence(1, 0);
    static final UUID OTHER = UUID.fromString("00000000-0000-4000-8000-00000000000c");

    final GatewayTestkit testkit = GatewayTestkit.open();
    final TestGateway gateway = testkit.gateway();
    final AtomicLong now = new AtomicLong();
    final NewRequest request = GatewayTestkit.request(true);
    final RequestId id = request.id();
    final LatestHeartbeats heartbeats = gateway.part(LatestHeartbeats.class);
    final JournalProgress progress = gateway.part(JournalProgress.class);
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    int intervalMs = 5_000;
    Set<Integer> receivedShards = Set.of(0, 1, 2, 3);
    final StatusOfChannel message = new StatusOfChannel(new AtomicBoolean());
    final HeartbeatSweep sweep = new HeartbeatSweep(
            new LostRuns(
                    heartbeats,
                    new ProcessorSilence(
                            gateway.processors(), new StatusQueueReading(progress, testkit.broker(), now::get)),
                    Clock.systemUTC(),
                    now::get),
            new VainRuns(heartbeats),
            gateway.part(StopHints.class),
            gateway.part(RequestEvidence.class),
            testkit.broker(),
            gateway.part(Transitions.class),
            meters);

    /** A message whose channel may be gone. */
    record StatusOfChannel(AtomicBoolean gone) implements ReceivedMessage {
        @Override
        public byte[] body() {
            return new byte[0];
        }

        @Override
        public int redeliveries() {
            return 0;
        }

        @Override
        public boolean isGone() {
            return gone.get();
        }

        @Override
        public void ack() {}

        @Override
        public void requeue() {}

        @Override
        public void reject() {}
    }

    @AfterEach
    void close() {
        testkit.close();
    }

    void running() {
        gateway.insert(List.of(request));
        testkit.execute("update request set state = 3, ordinal = 1, attempt = 1, processor = '" + PROCESSOR + "'");
    }

    void queuedForLong() {
        gateway.insert(List.of(request));
        testkit.execute("update request set dispatched_at = dispatched_at - interval '1 hour'");
    }

    /** So many others are out, of kinds that come before all others. */
    void outOfOtherKinds(int kinds, int each) {
        testkit.execute("insert into request (id, client, kind, state, dispatched, dispatch, max_attempts, cost,"
                + " timeout_ms, created_at, updated_at, expires_at, dispatched_at)"
                + " select (substr(sluice_first_id(now() + mod(n, 4) * interval '32 ms')::text, 1, 13)"
                + " || '-7' || substr(m, 1, 3) || '-8' || substr(m, 4, 3) || '-' || substr(m, 7, 12))::uuid, 'local',"
                + " 'a-' || mod(n, " + kinds
                + "), 2, true, 1, 5, 1, 60000, now(), now(), now(), now() + interval '1 hour'"
                + " from (select n, md5(n::text) as m from generate_series(1, " + kinds * each + ") n) x");
    }

    void fillQueue() {
        GatewayTestkit.await(testkit.broker()
                .declare(Topology.work(KIND))
                .then(testkit.broker().publish(OutboundMessage.durable(Topology.WORK_EXCHANGE, KIND, new byte[] {1}))));
    }

    /** One more of the kind, dispatched so much later, ran and was seen. */
    void startedLater(Duration later) {
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

    void steady() {
        now.addAndGet(KnownProcessor.MIN_LEASE.plus(Duration.ofSeconds(1)).toNanos());
    }

    void silent(UUID processor) {
        lastHeard(processor, Duration.ofSeconds(31));
    }

    void lastHeard(UUID processor, Duration ago) {
        testkit.execute("update processor set heard_at = now() - interval '" + ago.toSeconds() + " s' where id = '"
                + processor + "'");
        GatewayTestkit.await(gateway.processors().refresh());
    }

    void check() {
        GatewayTestkit.await(sweep.run());
    }

    void hearBoth(long number) {
        hear(PROCESSOR, number);
        hear(OTHER, number);
    }

    void hear(UUID processor, long number, Held... held) {
        Heartbeat heartbeat = heartbeat(processor, number, held);
        receivedShards.forEach(shard -> {
            progress.received(shard, message);
            progress.written(shard);
        });
        heartbeats.heard(Topology.shardOf(id.value()), heartbeat);
        GatewayTestkit.await(gateway.processors().heard(heartbeat));
    }

    Heartbeat heartbeat(UUID processor, long number, Held... held) {
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

    String status() {
        return Topology.status(Topology.shardOf(id.value())).name();
    }

    RequestState state() {
        return snapshot().state();
    }

    RequestSnapshot snapshot() {
        return gateway.snapshot(id);
    }
}
