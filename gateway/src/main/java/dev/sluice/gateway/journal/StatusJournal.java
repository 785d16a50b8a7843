package dev.sluice.gateway.journal;

import dev.sluice.gateway.batch.BatchLimits;
import dev.sluice.gateway.batch.MicroBatcher;
import dev.sluice.queue.Broker;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Consumes the reports of processors. Each shard has one consumer in each gateway, and the broker lets one of them
 * receive at a time. A consumer writes one batch at a time, which keeps the reports of a request in order. Batches that
 * several shards have at the same time are written together.
 */
public final class StatusJournal {

    /** The size of a report, roughly. */
    private static final int REPORT_BYTES = 1_024;

    /**
     * Each shard waits for one write at a time, so the shards bound the pending writes. A write counts as pending until
     * all its callers are answered, and an answered shard may send its next one before that. So this bound is larger
     * than the number of shards, and is never reached.
     */
    private static final BatchLimits LIMITS = new BatchLimits(
            1,
            Topology.STATUS_SHARDS,
            (long) ShardConsumer.MAX_REPORTS * REPORT_BYTES,
            64 * Topology.STATUS_SHARDS,
            512L << 20);

    private final List<ShardConsumer> shards;
    private final MicroBatcher<List<ReportFrom>, Boolean> writes;

    public StatusJournal(
            Broker broker, Journal journal, HeartbeatReader heartbeats, JournalMetrics metrics, MeterRegistry meters) {
        writes = new MicroBatcher<>(
                "journal",
                LIMITS,
                reports -> (long) reports.size() * REPORT_BYTES,
                lists -> journal.write(lists.stream().flatMap(List::stream).toList())
                        .thenReturn(Collections.nCopies(lists.size(), true)),
                meters);
        shards = IntStream.range(0, Topology.STATUS_SHARDS)
                .mapToObj(shard -> new ShardConsumer(shard, broker, this::written, heartbeats, metrics, meters))
                .toList();
    }

    /** Begins to consume. */
    public Mono<Void> start() {
        return Mono.fromRunnable(() -> shards.forEach(ShardConsumer::start));
    }

    /** Consumes nothing more and writes everything that it has. */
    public Mono<Void> stop() {
        return Flux.fromIterable(shards)
                .flatMap(ShardConsumer::stop, Topology.STATUS_SHARDS)
                .then(writes.close());
    }

    private Mono<Void> written(List<ReportFrom> reports) {
        return reports.isEmpty() ? Mono.empty() : writes.add(reports).then();
    }
}
