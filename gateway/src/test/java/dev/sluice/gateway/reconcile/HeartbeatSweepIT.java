package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.bench.GatewayBench.KIND;
import static dev.sluice.gateway.bench.GatewayBench.PROCESSOR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.bench.GatewayBench;
import dev.sluice.gateway.bench.TestGateway;
import dev.sluice.gateway.presence.KnownProcessor;
import dev.sluice.gateway.presence.LatestHeartbeats;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.message.StatusMessage.KindOffer;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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

    private final GatewayBench bench = GatewayBench.open();
    private final TestGateway gateway = bench.gateway();
    private final AtomicLong now = new AtomicLong();
    private final NewRequest request = GatewayBench.request(true);
    private final RequestId id = request.id();
    private final LatestHeartbeats heartbeats = gateway.part(LatestHeartbeats.class);
    private final HeartbeatSweep sweep = new HeartbeatSweep(
            new LostRuns(heartbeats, gateway.processors(), Clock.systemUTC(), now::get),
            gateway.part(RequestEvidence.class),
            bench.broker(),
            gateway.part(Transitions.class),
            new SimpleMeterRegistry());

    @AfterEach
    void close() {
        bench.close();
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
        assertThat(bench.count("from backlog")).isEqualTo(1);
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

        assertThat(state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(snapshot().alone()).isTrue();
    }

    @Test
    void endsACancelThatASilentProcessorCannotAnswer() {
        running();
        bench.execute("update request set state = 5");
        hear(PROCESSOR, 1);
        silent(PROCESSOR);
        steady();

        check();

        assertThat(state()).isEqualTo(RequestState.CANCELED);
    }

    /** A gateway that just came up has not listened long enough to call anybody silent. */
    @Test
    void givesEveryProcessorAWholeLease() {
        running();
        hear(PROCESSOR, 1);
        silent(PROCESSOR);

        now.addAndGet(KnownProcessor.LEASE.minusSeconds(1).toNanos());
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
        GatewayBench.await(bench.broker()
                .declare(Topology.work(KIND))
                .then(bench.broker().publish(OutboundMessage.durable(Topology.WORK_EXCHANGE, KIND, new byte[] {1}))));
        steady();

        for (int number = 1; number < 6; number++) {
            hearBoth(number);
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
        bench.execute("update request set state = 3, ordinal = 1, attempt = 1, processor = '" + PROCESSOR + "'");
    }

    private void queuedForLong() {
        gateway.insert(List.of(request));
        bench.execute("update request set dispatched_at = dispatched_at - interval '1 hour'");
    }

    private void steady() {
        now.addAndGet(KnownProcessor.LEASE.plus(Duration.ofSeconds(1)).toNanos());
    }

    private void silent(UUID processor) {
        bench.execute("update processor set heard_at = now() - interval '31 s' where id = '" + processor + "'");
        GatewayBench.await(gateway.processors().refresh());
    }

    private void check() {
        GatewayBench.await(sweep.run());
    }

    private void hearBoth(long number) {
        hear(PROCESSOR, number);
        hear(OTHER, number);
    }

    private void hear(UUID processor, long number, Held... held) {
        Instant at = Instant.now();
        Heartbeat heartbeat = new Heartbeat(
                processor,
                "test",
                "1",
                at,
                at,
                number,
                5_000,
                8,
                held.length,
                false,
                List.of(new KindOffer(KIND, 8, 1)),
                List.of(held));
        heartbeats.heard(Topology.shardOf(id.value()), heartbeat);
        GatewayBench.await(gateway.processors().heard(heartbeat));
    }

    private RequestState state() {
        return snapshot().state();
    }

    private RequestSnapshot snapshot() {
        return gateway.snapshot(id);
    }
}
