package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.presence.KnownProcessor;
import dev.sluice.gateway.presence.Processors;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/**
 * Which processors are silent, as seen by the journal of one status shard. Not thread-safe: for one look at a time.
 *
 * <p>A processor is silent once its last heartbeat was a whole lease old at the moment until which the status queue is
 * read. Only the gateway that receives the shard can know that moment. The others leave the judgement to it, and judge
 * by themselves after {@value #LEASES_UNHEARD} leases, because it may be gone together with all processors.
 */
final class ProcessorSilence {

    private static final int LEASES_UNHEARD = 10;

    private final Processors processors;
    private final StatusQueueReading reading;

    ProcessorSilence(Processors processors, StatusQueueReading reading) {
        this.processors = processors;
        this.reading = reading;
    }

    /** Looks at the queues first: heartbeats that were read since then count. Cold. */
    Mono<Void> look() {
        return reading.look().then(processors.refresh());
    }

    /** Begins anew, because this gateway itself had lost contact. */
    void forget() {
        reading.forget();
    }

    /** The longest lease of all known processors. */
    Duration longestLease() {
        return processors.longestLease();
    }

    /** Processors that may still run requests of this shard. */
    Set<UUID> notSilent(int shard) {
        return processors.all().stream()
                .filter(processor -> !isSilent(processor, shard))
                .map(KnownProcessor::id)
                .collect(Collectors.toSet());
    }

    /**
     * Whether this gateway judges all runs of a shard: it receives the shard, or there is no processor that another
     * gateway could hear.
     */
    boolean looksAt(int shard) {
        return reading.isHere(shard) || notSilent(shard).isEmpty();
    }

    /** Whether this gateway receives a shard, and may not know messages that were sent longer ago than this. */
    boolean isReadLate(int shard, Duration atMost) {
        return reading.isHere(shard)
                && reading.lag(shard).filter(lag -> lag.compareTo(atMost) <= 0).isEmpty();
    }

    private boolean isSilent(KnownProcessor processor, int shard) {
        if (processor.lives()) {
            return false;
        }
        Duration lease = processor.lease();
        if (!reading.isHere(shard)) {
            return processor.silence().compareTo(lease.multipliedBy(LEASES_UNHEARD)) >= 0;
        }
        return reading.lag(shard)
                .filter(lag -> processor.silence().minus(lag).compareTo(lease) >= 0)
                .isPresent();
    }
}
