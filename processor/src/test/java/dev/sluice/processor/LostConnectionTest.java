package dev.sluice.processor;

import static dev.sluice.processor.StatusLog.awaiting;
import static dev.sluice.processor.TestWork.submit;
import static dev.sluice.processor.TestWork.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.ControlMessage;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.message.Wire;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The work of a processor that lives but loses its connection, and so receives its work again. */
class LostConnectionTest extends CuttableFixture {

    private static final int CUTS = 5;

    private final Map<RequestId, Sinks.One<Payload>> results = new ConcurrentHashMap<>();

    @Test
    void goesOnWithOneRunThroughManyCuts() {
        start();
        TestWork work = work();
        submit(local, "k", work);
        seesStarted(work, 0);

        for (int cut = 1; cut <= CUTS; cut++) {
            connection.cut();
            seesStarted(work, cut);
        }
        seesHeld(work, new Fence(1, CUTS), true);
        succeed(work);

        Report last = log.end(work.id(), Report.Succeeded.class);
        assertThat(last.fence()).isEqualTo(new Fence(1, CUTS));
        assertThat(last.ordinal()).isEqualTo(2);
        assertThat(log.of(work.id())).filteredOn(Report::terminal).hasSize(1);
        assertThat(calls).containsExactly(work.id());
        assertEverythingSettled();
    }

    @Test
    void keepsTheTurnOfWorkThatWaits() {
        start();
        TestWork running = work().withCost(16);
        TestWork waiting = work();
        submit(local, "k", running, waiting);
        seesStarted(running, 0);

        connection.cut();
        seesStarted(running, 1);
        seesHeld(waiting, new Fence(1, 0), false); // the only fence of it that the journal knows
        succeed(running);
        seesStarted(waiting, 1);
        succeed(waiting);

        log.end(waiting.id(), Report.Succeeded.class);
        assertThat(log.of(waiting.id())).extracting(Report::ordinal).containsExactly(1, 2);
        assertEverythingSettled();
    }

    @Test
    void handsBackOnlyWhatOfAnEnvelopeHasEnded() {
        start();
        TestWork ended = work();
        TestWork running = work();
        submit(local, "k", ended, running);
        seesStarted(running, 0);
        succeed(ended);
        log.end(ended.id(), Report.Succeeded.class);
        awaiting(() -> assertThat(held()).containsExactly(running.id()));

        connection.cut();
        seesStarted(running, 1);
        succeed(running);

        log.end(running.id(), Report.Succeeded.class);
        awaiting(() -> assertThat(log.of(ended.id())).last().isInstanceOfSatisfying(Report.Released.class, released -> {
            assertThat(released.cause()).isEqualTo(Cause.REDELIVERED);
            assertThat(released.fence()).isEqualTo(new Fence(1, 1));
        }));
        assertThat(calls).containsExactly(ended.id(), running.id());
        assertEverythingSettled();
    }

    @Test
    void saysTheOutcomeOnceThatWasNotConfirmedYet() {
        start();
        TestWork ended = work();
        TestWork later = work();
        submit(local, "k", ended);
        seesStarted(ended, 0);
        Sinks.Empty<Void> gate = broker.holdBack();
        succeed(ended);

        connection.cut();
        submit(local, "k", later); // received after the redelivered work
        awaiting(() -> assertThat(calls).containsExactly(ended.id(), later.id()));
        gate.tryEmitEmpty();
        succeed(later);

        log.end(later.id(), Report.Succeeded.class);
        assertThat(log.of(ended.id())).filteredOn(Report::terminal).hasSize(1);
        log.end(ended.id(), Report.Succeeded.class);
        assertEverythingSettled();
    }

    @Test
    void cancelsWhatItReceivedAgain() {
        start();
        TestWork work = work();
        submit(local, "k", work);
        seesStarted(work, 0);
        connection.cut();
        seesStarted(work, 1);

        byte[] cancel = Wire.encode(new ControlMessage.Cancel(List.of(work.id())));
        local.publish(OutboundMessage.hint(Topology.CONTROL_EXCHANGE, cancel)).block(Duration.ofSeconds(5));

        assertThat(log.end(work.id(), Report.Canceled.class).fence()).isEqualTo(new Fence(1, 1));
        assertEverythingSettled();
    }

    @Test
    void runsEachRequestOnceWhereverTheConnectionIsCut() {
        start((work, _) -> {
            calls.add(work.id());
            return Mono.just(work.payload());
        });
        List<TestWork> works = Stream.generate(TestWork::work).limit(200).toList();

        for (int i = 0; i < works.size(); i += 2) {
            submit(local, "k", works.get(i), works.get(i + 1));
            connection.cut();
        }

        for (TestWork work : works) {
            log.end(work.id(), Report.Succeeded.class);
        }
        assertEverythingSettled();
        assertThat(calls)
                .containsExactlyInAnyOrderElementsOf(
                        works.stream().map(TestWork::id).toList());
    }

    /** Each attempt waits for {@link #succeed}. */
    private void start() {
        start((work, _) -> {
            calls.add(work.id());
            return resultOf(work.id()).asMono();
        });
    }

    private Sinks.One<Payload> resultOf(RequestId id) {
        return results.computeIfAbsent(id, _ -> Sinks.one());
    }

    private void succeed(TestWork work) {
        resultOf(work.id()).tryEmitValue(work.payload());
    }

    private void seesStarted(TestWork work, int delivery) {
        awaiting(() -> assertThat(log.of(work.id())).last().isInstanceOfSatisfying(Report.Started.class, started -> {
            assertThat(started.fence()).isEqualTo(new Fence(1, delivery));
            assertThat(started.ordinal()).isEqualTo(1);
        }));
    }

    private void seesHeld(TestWork work, Fence fence, boolean running) {
        int before = log.heartbeats().size();
        awaiting(() -> assertThat(log.heartbeats().stream().skip(before).flatMap(beat -> beat.held().stream()))
                .contains(new Held(work.id(), fence, running)));
    }

    /** The held runs of all shards, by the newest heartbeats. */
    private List<RequestId> held() {
        long newest = log.heartbeats().getLast().number() - 1;
        return log.heartbeats().stream()
                .filter(beat -> beat.number() == newest)
                .flatMap(beat -> beat.held().stream())
                .map(Held::id)
                .toList();
    }

    private void assertEverythingSettled() {
        awaiting(() ->
                assertThat(local.stats().received()).isEqualTo(local.stats().settled()));
    }
}
