package dev.sluice.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage;
import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.ReportBatch;
import dev.sluice.message.Wire;
import dev.sluice.queue.Broker;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.Disposables;

/** Takes the journal's place: reads all shards, in order, and acks. */
final class StatusLog implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(45);

    private final List<Report> reports = new CopyOnWriteArrayList<>();
    private final List<Heartbeat> heartbeats = new CopyOnWriteArrayList<>();
    private final List<Integer> batches = new CopyOnWriteArrayList<>();
    private final Disposable.Composite consuming = Disposables.composite();

    StatusLog(Broker broker) {
        for (int shard = 0; shard < Topology.STATUS_SHARDS; shard++) {
            consuming.add(broker.consume(Topology.status(shard), 10).subscribe(this::read));
        }
    }

    List<Report> of(RequestId id) {
        return reports.stream().filter(report -> report.id().equals(id)).toList();
    }

    List<Report> reports() {
        return reports;
    }

    List<Heartbeat> heartbeats() {
        return heartbeats;
    }

    /** Sizes of the batches, in the order of their arrival. */
    List<Integer> batches() {
        return batches;
    }

    /** All reports of a request once the last one is there. */
    List<Report> ended(RequestId id) {
        awaiting(() -> assertThat(of(id)).anyMatch(Report::terminal));
        return of(id);
    }

    /** The report that ended the run: the first final one. */
    <T extends Report> T end(RequestId id, Class<T> type) {
        Report end = ended(id).stream().filter(Report::terminal).findFirst().orElseThrow();
        assertThat(end).isInstanceOf(type);
        return type.cast(end);
    }

    <T extends Report> void sees(RequestId id, Class<T> type) {
        awaiting(() -> assertThat(of(id)).hasAtLeastOneElementOfType(type));
    }

    void seesHeartbeat(Consumer<Heartbeat> expectation) {
        awaiting(() -> assertThat(heartbeats).anySatisfy(expectation));
    }

    static void awaiting(org.awaitility.core.ThrowingRunnable assertion) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).untilAsserted(assertion);
    }

    @Override
    public void close() {
        consuming.dispose();
    }

    private void read(ReceivedMessage message) {
        StatusMessage status = Wire.decodeStatus(message.body());
        switch (status) {
            case ReportBatch batch -> {
                reports.addAll(batch.reports());
                batches.add(batch.reports().size());
            }
            case Heartbeat heartbeat -> heartbeats.add(heartbeat);
        }
        message.ack();
    }
}
