package dev.sluice.gateway.presence;

import dev.sluice.message.StatusMessage.KindOffer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * A processor as its last heartbeat showed it.
 *
 * @param silence since that heartbeat
 * @param stopping whether it takes no new work
 * @param tokens processing tokens in all
 */
public record KnownProcessor(
        UUID id, String host, Duration silence, boolean stopping, int tokens, int tokensInUse, List<KindOffer> kinds) {

    public KnownProcessor {
        kinds = List.copyOf(kinds);
    }

    /** Heartbeats come every 5 s; six of them in a row do not get lost. */
    public static final Duration LEASE = Duration.ofSeconds(30);

    /** Whether it may still run what it holds. */
    public boolean lives() {
        return silence.compareTo(LEASE) < 0;
    }
}
