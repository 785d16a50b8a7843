package dev.sluice.gateway.journal;

import dev.sluice.gateway.batch.BatchLimits;
import dev.sluice.gateway.batch.MicroBatcher;
import dev.sluice.gateway.presence.LivingGateways;
import dev.sluice.gateway.presence.Presence;
import dev.sluice.queue.Broker;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Consumes the reports of processors. Each shard has one consumer in each gateway, and the broker lets one of them
 * receive at a time. A consumer writes one batch at a time, which keeps the reports of a request in order. Batches that
 * several shards have at the same time are written together.
 *
 * <p>The living gateways share the shards. A gateway that receives a shard of another one's share hands it on, until
 * the broker's turn comes to that gateway. So a shard moves without a stall, and one whose gateway is gone, or cannot
 * reach the broker, is received by another one at once.
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
            (long) ShardWriter.MAX_REPORTS * REPORT_BYTES,
            64 * Topology.STATUS_SHARDS,
            512L << 20);

    private static final List<String> NAMES = IntStream.range(0, Topology.STATUS_SHARDS)
            .mapToObj(shard -> Topology.status(shard).name())
            .toList();

    private static final Duration LOOK = Duration.ofSeconds(2);

    /** A gateway without Postgres hands a shard on so often, where it knows of no other that could take it. */
    private static final Duration LONELY_PAUSE = Duration.ofSeconds(30);

    private final List<ShardConsumer> shards;
    private final LivingGateways gateways;
    private final MicroBatcher<List<ReportFrom>, Boolean> writes;
    private final Disposable.Swap looking = Disposables.swap();

    StatusJournal(
            Broker broker,
            Journal journal,
            HeartbeatReader heartbeats,
            LivingGateways gateways,
            JournalMetrics metrics,
            MeterRegistry meters) {
        this.gateways = gateways;
        writes = new MicroBatcher<>(
                "journal",
                LIMITS,
                reports -> (long) reports.size() * REPORT_BYTES,
                lists -> journal.write(lists.stream().flatMap(List::stream).toList())
                        .thenReturn(Collections.nCopies(lists.size(), true)),
                meters);
        shards = IntStream.range(0, Topology.STATUS_SHARDS)
                .mapToObj(shard -> new ShardConsumer(
                        shard, broker, new ShardWriter(shard, this::written, heartbeats, metrics), heartbeats, meters))
                .toList();
    }

    /** Begins to consume. */
    public Mono<Void> start() {
        return Mono.fromRunnable(() -> {
            shards.forEach(ShardConsumer::start);
            looking.update(Flux.merge(Flux.interval(LOOK, Schedulers.parallel()), gateways.changes())
                    .subscribe(_ -> handOnOthers()));
        });
    }

    /** Consumes nothing more and writes everything that it has. */
    public Mono<Void> stop() {
        return Mono.<Void>fromRunnable(looking::dispose)
                .thenMany(Flux.fromIterable(shards))
                .flatMap(ShardConsumer::stop, Topology.STATUS_SHARDS)
                .then(writes.close());
    }

    private void handOnOthers() {
        Set<String> share = gateways.share(NAMES);
        for (int shard = 0; shard < Topology.STATUS_SHARDS; shard++) {
            if (!share.contains(NAMES.get(shard))) {
                shards.get(shard).handOn(gateways.hasOthers() ? Presence.LEASE : LONELY_PAUSE);
            }
        }
    }

    private Mono<Void> written(List<ReportFrom> reports) {
        return reports.isEmpty() ? Mono.empty() : writes.add(reports).then();
    }
}
