package dev.sluice.processor;

import dev.sluice.processor.handler.RequestHandler;
import java.time.Duration;

/**
 * A kind as this processor runs it, with all defaults filled in.
 *
 * @param tokens its share of the processing tokens
 * @param timeout of an attempt at most
 * @param maxEnvelope requests it wants in one envelope at most
 * @param unackedLimit an attempt that may take longer is long: the broker would not wait so long for the ack of its
 *     message
 */
record Kind(String name, RequestHandler handler, int tokens, Duration timeout, int maxEnvelope, Duration unackedLimit) {

    /** Work messages that it receives at once: as many as can run, and one more to go on with. */
    int prefetch() {
        return Math.max(2, tokens);
    }

    /** The time that an attempt gets. */
    Duration timeoutOf(Duration asked) {
        return asked.compareTo(timeout) < 0 ? asked : timeout;
    }

    /** Whether an attempt may take so long that its message must be acked before its end. */
    boolean isLong(Duration asked) {
        return timeoutOf(asked).compareTo(unackedLimit) > 0;
    }
}
