package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.presence.Processors;
import java.time.Duration;

/**
 * The bounds of one envelope; at least one request always fits.
 *
 * @param maxItems requests
 * @param maxCost processing tokens together
 * @param maxBytes payloads and the fields that travel with them
 * @param maxTimeout a request that may run longer travels alone, because its message is acked before its end
 */
record EnvelopeBounds(int maxItems, int maxCost, int maxBytes, Duration maxTimeout) {

    private static final int MAX_BYTES = 1 << 20;
    private static final Duration ACK_MARGIN = Duration.ofMinutes(5);

    /**
     * The bounds of a kind now. The number of requests is bounded by policy, processors and a processor's share of the
     * free window. The cost is bounded by half the tokens of the smallest processor, so that two envelopes fill it, and
     * by the time that the broker waits for an ack.
     */
    static EnvelopeBounds of(KindPolicy policy, Processors processors, int freeWindow, Duration consumerTimeout) {
        String kind = policy.name();
        int tokens = processors.smallestTokens(kind).orElse(1);
        int share = freeWindow / Math.max(1, processors.count(kind));
        int wanted =
                Math.min(policy.maxEnvelope(), processors.smallestEnvelope(kind).orElse(1));
        Duration usable = consumerTimeout.minus(ACK_MARGIN);
        long costInTime =
                usable.toMillis() * tokens / Math.max(1, policy.timeout().toMillis());
        long cost = Math.min(Math.max(1, tokens / 2), Math.min(costInTime, Integer.MAX_VALUE));
        return new EnvelopeBounds(Math.max(1, Math.min(wanted, share)), (int) Math.max(1, cost), MAX_BYTES, usable);
    }
}
