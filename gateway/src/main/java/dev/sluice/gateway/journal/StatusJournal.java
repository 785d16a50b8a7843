package dev.sluice.gateway.journal;

import dev.sluice.queue.Broker;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Consumes what processors report: one consumer a shard, of which the broker lets one gateway receive at a time, and in it one batch at a
 * time, so that the order of each request is kept.
 */
public final class StatusJournal {

    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(5);

    private final List<ShardConsumer> shards;
    private final Scheduler scheduler;
    private final Disposable.Swap checking = Disposables.swap();

    public StatusJournal(
            Broker broker,
            Journal journal,
            HeartbeatEvidence evidence,
            Scheduler scheduler,
            JournalMetrics metrics,
            MeterRegistry meters) {
        this.scheduler = scheduler;
        shards = IntStream.range(0, Topology.STATUS_SHARDS)
                .mapToObj(shard -> new ShardConsumer(
                        broker, journal, metrics, meters, new HeartbeatWatch(shard, evidence, System::nanoTime)))
                .toList();
    }

    /** Begins to consume. */
    public Mono<Void> start() {
        return Mono.fromRunnable(() -> {
            shards.forEach(ShardConsumer::start);
            checking.update(Flux.interval(CHECK_INTERVAL, scheduler)
                    .onBackpressureDrop()
                    .concatMap(_ -> Flux.fromIterable(shards).concatMap(ShardConsumer::check, 1), 1)
                    .subscribe());
        });
    }

    /** Consumes nothing more and writes what it has. */
    public Mono<Void> stop() {
        return Mono.defer(() -> {
            checking.dispose();
            return Flux.fromIterable(shards)
                    .flatMap(ShardConsumer::stop, Topology.STATUS_SHARDS)
                    .then();
        });
    }
}
