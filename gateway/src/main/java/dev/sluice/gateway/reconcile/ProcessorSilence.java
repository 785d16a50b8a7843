package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.presence.KnownProcessor;
import dev.sluice.gateway.presence.Processors;
import java.time.Duration;
import java.util.Comparator;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/**
 * Which processors are silent, as seen by the journal of one status shard. Not thread-safe: for one look at a time.
 *
 * <p>A processor is silent once its last heartbeat was a whole lease old at the moment until which the status queue is
 * read. Only the gateway that receives the shard can know that moment. A gateway that does not receive the shard has
 * its last message from long before the newest heartbeat in Postgres. It leaves the judgement to the gateway that does,
 * and judges by itself after {@value #LEASES_UNHEARD} leases, because the gateway that received the shard may be gone
 * together with all processors.
 */
final class ProcessorSilence {

    private static final int LEASES_UNHEARD = 10;

    /** Two heartbeats of a lease: each comes to every shard, at about the same time. */
    private static final int PART_OF_LEASE = 3;

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
        return isReceivedHere(shard) || notSilent(shard).isEmpty();
    }

    private boolean isSilent(KnownProcessor processor, int shard) {
        if (processor.lives()) {
            return false;
        }
        Duration lease = processor.lease();
        if (!isReceivedHere(shard)) {
            return processor.silence().compareTo(lease.multipliedBy(LEASES_UNHEARD)) >= 0;
        }
        return reading.lag(shard)
                .filter(lag -> processor.silence().minus(lag).compareTo(lease) >= 0)
                .isPresent();
    }

    private boolean isReceivedHere(int shard) {
        Duration latest = processors.all().stream()
                .map(KnownProcessor::silence)
                .min(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
        Duration atMost = latest.plus(longestLease().dividedBy(PART_OF_LEASE));
        return reading.sinceLastReceived(shard)
                .filter(since -> since.compareTo(atMost) <= 0)
                .isPresent();
    }
}
