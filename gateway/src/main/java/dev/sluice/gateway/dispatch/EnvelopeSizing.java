package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.presence.Processors;
import java.time.Duration;

/**
 * Decides how much of a kind travels in one envelope, from the processors that are there.
 *
 * @param consumerTimeout how long the broker lets a message be unacked
 */
record EnvelopeSizing(Processors processors, Duration consumerTimeout) {

    EnvelopeBounds bounds(KindPolicy policy, int freeWindow) {
        return EnvelopeBounds.of(policy, processors, freeWindow, consumerTimeout);
    }
}
