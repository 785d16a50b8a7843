package dev.sluice.gateway.presence;

import dev.sluice.message.StatusMessage.KindOffer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * A processor as its last heartbeat showed it.
 *
 * @param silence the time since that heartbeat
 * @param interval between two of its heartbeats, as it says itself
 * @param stopping whether it takes no new work
 * @param tokens processing tokens in all
 */
public record KnownProcessor(
        UUID id,
        String host,
        Duration silence,
        Duration interval,
        boolean stopping,
        int tokens,
        int tokensInUse,
        List<KindOffer> kinds) {

    public KnownProcessor {
        kinds = List.copyOf(kinds);
    }

    /** The shortest lease; it is six heartbeats of the default interval. */
    public static final Duration MIN_LEASE = Duration.ofSeconds(30);

    /** So many heartbeats in a row are not lost by chance. */
    private static final int HEARTBEATS_OF_LEASE = 6;

    /** The time without a heartbeat after which the processor counts as silent. */
    public Duration lease() {
        Duration heartbeats = interval.multipliedBy(HEARTBEATS_OF_LEASE);
        return heartbeats.compareTo(MIN_LEASE) > 0 ? heartbeats : MIN_LEASE;
    }

    /** Whether it may still run the requests that it holds. */
    public boolean lives() {
        return silence.compareTo(lease()) < 0;
    }
}
