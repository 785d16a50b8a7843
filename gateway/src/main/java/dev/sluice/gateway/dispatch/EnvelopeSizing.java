package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.presence.Processors;
import java.time.Duration;

/**
 * Decides the size of a kind's envelopes, from the living processors.
 *
 * @param consumerTimeout how long the broker lets a message be unacked
 */
record EnvelopeSizing(Processors processors, Duration consumerTimeout) {

    EnvelopeBounds bounds(KindPolicy policy, int freeWindow) {
        return EnvelopeBounds.of(policy, processors, freeWindow, consumerTimeout);
    }
}
