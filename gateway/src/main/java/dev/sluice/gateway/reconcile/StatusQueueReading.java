package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.presence.JournalProgress;
import dev.sluice.queue.Broker;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Tells until which moment the status queues are read, so that a journal that is late is not taken for processors
 * that are silent.
 *
 * <p>A look notes its moment and how many messages the shard had by then: those that this gateway received, and those
 * that the broker has ready. Some more may be on their way from the broker, at most {@link
 * JournalProgress#MAX_UNSETTLED}, and have arrived at the next look. Once the journal has written so many, or all that
 * arrived, every message that was sent before the look is known here. It works for a queue that is never empty, too.
 *
 * <p>Not thread-safe: for one look at a time.
 */
final class StatusQueueReading {

    private final JournalProgress progress;
    private final Broker broker;
    private final LongSupplier nanoTime;
    private final Map<Integer, Mark> marks = new HashMap<>();
    private final Map<Integer, Long> readUntilNanos = new HashMap<>();

    /** @param messages the shard's messages that were sent before the look, without those on their way */
    private record Mark(long nanos, long messages, long tenure) {}

    StatusQueueReading(JournalProgress progress, Broker broker, LongSupplier nanoTime) {
        this.progress = progress;
        this.broker = broker;
        this.nanoTime = nanoTime;
    }

    /** Begins anew: after a lost connection messages come again, and others may receive the shard. */
    void forget() {
        marks.clear();
        readUntilNanos.clear();
    }

    /** Looks at each shard. Cold; an error if the broker could not be asked. */
    Mono<Void> look() {
        return Flux.range(0, Topology.STATUS_SHARDS).concatMap(this::look, 1).then();
    }

    /** How old the messages may be that are not known here yet; empty if that is unknown. */
    Optional<Duration> lag(int shard) {
        return Optional.ofNullable(readUntilNanos.get(shard))
                .map(until -> Duration.ofNanos(nanoTime.getAsLong() - until));
    }

    /** Whether this gateway receives the shard. */
    boolean isHere(int shard) {
        return progress.isReceived(shard);
    }

    private Mono<Void> look(int shard) {
        return Mono.defer(() -> {
            long nanos = nanoTime.getAsLong();
            long tenure = progress.tenure(shard);
            forgetOther(shard, tenure);
            Mark mark = marks.get(shard);
            if ((mark != null && isLate(shard, mark)) || tenure == JournalProgress.NO_TENURE) {
                return Mono.empty();
            }
            if (mark != null) {
                readUntilNanos.put(shard, mark.nanos);
            }
            return broker.ready(Topology.status(shard).name())
                    .defaultIfEmpty(0L)
                    .doOnNext(ready -> marks.put(shard, new Mark(nanos, progress.countReceived(shard) + ready, tenure)))
                    .then();
        });
    }

    private boolean isLate(int shard, Mark mark) {
        long written = progress.countWritten(shard);
        long withThoseOnTheirWay = mark.messages + JournalProgress.MAX_UNSETTLED;
        return written < mark.messages || written < Math.min(progress.countReceived(shard), withThoseOnTheirWay);
    }

    private void forgetOther(int shard, long tenure) {
        Mark mark = marks.get(shard);
        if (mark != null && mark.tenure != tenure) {
            marks.remove(shard);
            readUntilNanos.remove(shard);
        }
    }
}
