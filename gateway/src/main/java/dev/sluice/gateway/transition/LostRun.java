package dev.sluice.gateway.transition;

import dev.sluice.message.Fence;
import java.time.Duration;

/**
 * A run of a request that evidence says is lost.
 *
 * @param fence of the run
 * @param pause before the next dispatch
 */
public record LostRun(Fence fence, Evidence evidence, Duration pause) {

    /** The conclusion from the evidence. */
    public enum Evidence {
        /** Its message may not have reached the broker. A run that has started since was published after all. */
        UNPUBLISHED,
        /** A processor refused its message, and lives. A run that has started since had another message. */
        REFUSED,
        /** The broker gave its message up: it was lost with processors too often, before any of them reported. */
        GIVEN_UP,
        /** Its message or run is with no processor. */
        LOST,
        /** Its processor died. */
        CRASHED;

        /** Whether it speaks of the message only, and so of no run that has started. */
        boolean isOfMessage() {
            return this == UNPUBLISHED || this == REFUSED || this == GIVEN_UP;
        }
    }

    /** A lost run whose request may be dispatched again at once. */
    public LostRun(Fence fence, Evidence evidence) {
        this(fence, evidence, Duration.ZERO);
    }
}
