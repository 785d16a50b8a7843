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
        /** Its message or run is with no processor. */
        LOST,
        /** Its processor died. */
        CRASHED
    }

    /** A lost run whose request may be dispatched again at once. */
    public LostRun(Fence fence, Evidence evidence) {
        this(fence, evidence, Duration.ZERO);
    }
}
