package dev.sluice.processor;

import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.KindOffer;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Tells every status shard that this processor lives, and which of that shard's requests it holds.
 *
 * <p>Thread-safe. At most two heartbeats wait in a shard; while the broker is away further ones are left out, because a
 * heartbeat is composed when it leaves and so says the state of that moment.
 */
final class Heartbeats {

    private static final int MAX_WAITING = 2;

    private final ProcessorIdentity identity;
    private final Duration interval;
    private final List<KindOffer> kinds;
    private final RunContext context;
    private final AtomicLong number = new AtomicLong();
    private final AtomicIntegerArray waiting = new AtomicIntegerArray(Topology.STATUS_SHARDS);
    private volatile boolean stopping;

    /** @param interval between two heartbeats */
    Heartbeats(ProcessorIdentity identity, Duration interval, List<KindOffer> kinds, RunContext context) {
        this.identity = identity;
        this.interval = interval;
        this.kinds = kinds;
        this.context = context;
    }

    /** Sends one to each shard. */
    void beat() {
        long current = number.incrementAndGet();
        for (int shard = 0; shard < Topology.STATUS_SHARDS; shard++) {
            if (waiting.get(shard) < MAX_WAITING) {
                add(shard, current, () -> {});
            }
        }
        context.reporter().flush();
    }

    /** From now on each heartbeat says that no new work is taken. */
    void stopping() {
        stopping = true;
        beat();
    }

    /**
     * Sends the last heartbeat to each shard.
     *
     * @return hot; completes once all are confirmed
     */
    Mono<Void> last() {
        long current = number.incrementAndGet();
        List<Mono<Void>> confirms = new ArrayList<>();
        for (int shard = 0; shard < Topology.STATUS_SHARDS; shard++) {
            Sinks.Empty<Void> confirmed = Sinks.empty();
            add(shard, current, confirmed::tryEmitEmpty);
            confirms.add(confirmed.asMono());
        }
        context.reporter().flush();
        return Mono.when(confirms);
    }

    private void add(int shard, long current, Runnable confirmed) {
        waiting.incrementAndGet(shard);
        context.reporter().add(shard, () -> heartbeat(shard, current), () -> {
            waiting.decrementAndGet(shard);
            confirmed.run();
        });
    }

    private Heartbeat heartbeat(int shard, long current) {
        return new Heartbeat(
                identity.id(),
                identity.host(),
                identity.version(),
                identity.startedAt(),
                context.clock().instant(),
                current,
                (int) interval.toMillis(),
                context.tokens().total(),
                context.tokens().inUse(),
                stopping,
                kinds,
                context.held().of(shard));
    }
}
