package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.PROCESSOR;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.presence.KnownProcessor;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.message.Fence;
import dev.sluice.message.Report;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.queue.Topology;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Requests that run, and their processors. */
class HeartbeatSweepIT extends HeartbeatSweepFixture {

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

    /** The look was once at the first 100,000 requests, by kind: those of the last kinds had no evidence. */
    @Test
    void takesBackALostRunOfTheLastOfManyKinds() {
        receivedShards = Set.of(Topology.shardOf(id.value()));
        running();
        outOfOtherKinds(150, 1_024);
        steady();

        for (int number = 1; number < 4; number++) {
            hear(PROCESSOR, number);
            check();
        }

        assertThat(state()).isEqualTo(RequestState.ACCEPTED);
    }

    /** The journal is late: this heartbeat was sent before the run's start, and is heard after it. */
    @Test
    void countsNoHeartbeatThatItHeardBeforeItKnewOfTheStart() {
        queuedForLong();
        steady();
        hear(PROCESSOR, 1);
        check();
        hear(PROCESSOR, 2);
        check();

        testkit.execute("update request set state = 3, ordinal = 1, attempt = 1, processor = '" + PROCESSOR + "'");
        hear(PROCESSOR, 3);
        check();

        assertThat(state()).isEqualTo(RequestState.RUNNING);
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

    /** Another gateway receives the other shard, and takes its run back first. */
    @Test
    void suspectsNothingThatSharedASilentProcessorWithARunOfAnotherShard() {
        running();
        NewRequest neighbour = GatewayTestkit.request(true);
        gateway.insert(List.of(neighbour));
        testkit.execute("update request set state = 3, ordinal = 1, attempt = 1, processor = '" + PROCESSOR + "'");
        hear(PROCESSOR, 1);
        silent(PROCESSOR);
        hear(OTHER, 1);
        steady();
        check();
        GatewayTestkit.await(gateway.part(RequestEvidence.class).noteRunsOf(List.of(PROCESSOR)));
        testkit.execute("update request set state = 1, dispatched = false, processor = null where id = '"
                + neighbour.id().value() + "'");

        check();

        assertThat(state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(snapshot().alone()).isFalse();
    }

    /** The gateway that counted first did not know of the starts in a shard whose journal was late. */
    @Test
    void suspectsNothingThatALaterCountFoundBesideOthers() {
        running();
        hear(PROCESSOR, 1);
        silent(PROCESSOR);
        hear(OTHER, 1);
        steady();
        GatewayTestkit.await(gateway.part(RequestEvidence.class).noteRunsOf(List.of(PROCESSOR)));
        gateway.insert(List.of(GatewayTestkit.request(true)));
        testkit.execute("update request set state = 3, ordinal = 1, attempt = 1, processor = '" + PROCESSOR + "'");

        check();
        check();

        assertThat(state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(snapshot().alone()).isFalse();
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

    /** The journal had written all that had arrived at one look; a heartbeat of before that look arrived after it. */
    @Test
    void leavesWhatRunsWhileAHeartbeatOnItsWayIsNotWritten() {
        running();
        hear(PROCESSOR, 1, new Held(id, FIRST, true));
        steady();
        check();
        lastHeard(PROCESSOR, Duration.ofSeconds(40));
        progress.received(Topology.shardOf(id.value()), message);
        now.addAndGet(Duration.ofSeconds(5).toNanos());

        check();

        assertThat(state()).isEqualTo(RequestState.RUNNING);
    }

    /** Another gateway receives the shard since then, and its journal may be late. */
    @Test
    void judgesNoShardWhoseChannelIsGone() {
        running();
        hear(PROCESSOR, 1, new Held(id, FIRST, true));
        steady();
        check();
        lastHeard(PROCESSOR, Duration.ofSeconds(40));
        message.gone().set(true);
        now.addAndGet(Duration.ofSeconds(5).toNanos());

        check();

        assertThat(state()).isEqualTo(RequestState.RUNNING);
    }

    /** A gateway that has just started has not listened long enough to call a processor silent. */
    @Test
    void givesEveryProcessorAWholeLease() {
        running();
        hear(PROCESSOR, 1);
        silent(PROCESSOR);

        now.addAndGet(KnownProcessor.MIN_LEASE.minusSeconds(1).toNanos());
        check();

        assertThat(state()).isEqualTo(RequestState.RUNNING);
    }
}
