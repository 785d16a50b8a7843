package dev.sluice.message;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a processor says about one run of a request. The journal decides what it means.
 *
 * <p>Ordinals count the reports of a run from 1, so that a repeated or reordered report is seen as such.
 */
public sealed interface Report {

    RequestId id();

    Fence fence();

    int ordinal();

    Instant at();

    /** Whether the run is over with this report. */
    default boolean terminal() {
        return switch (this) {
            case Started _, Progress _, Output _ -> false;
            case Succeeded _, Failed _, Released _, Canceled _ -> true;
        };
    }

    /** Tokens are held and the handler runs; {@code alone} if nothing else runs in that processor. */
    record Started(RequestId id, Fence fence, int ordinal, Instant at, boolean alone) implements Report {}

    /** How far it is; {@code json} is one JSON value of at most {@link #MAX_JSON} bytes. */
    record Progress(RequestId id, Fence fence, int ordinal, Instant at, String json) implements Report {
        public static final int MAX_JSON = 4_096;
    }

    /** A piece of output before the end, at most {@link #MAX_CHUNK} bytes. */
    record Output(RequestId id, Fence fence, int ordinal, Instant at, byte[] chunk) implements Report {
        public static final int MAX_CHUNK = 16_384;
    }

    /** Done. */
    record Succeeded(RequestId id, Fence fence, int ordinal, Instant at, Payload result) implements Report {}

    /** The handler failed; {@code retryAfter} where it knows better than the policy. */
    record Failed(
            RequestId id,
            Fence fence,
            int ordinal,
            Instant at,
            FailureClass failureClass,
            Failure failure,
            @Nullable Duration retryAfter)
            implements Report {}

    /**
     * Handed back without a verdict: not started, interrupted by a stop, or {@code redelivered} and therefore not run. No attempt is
     * counted for it.
     */
    record Released(RequestId id, Fence fence, int ordinal, Instant at, boolean redelivered) implements Report {}

    /** Stopped because it was asked to. */
    record Canceled(RequestId id, Fence fence, int ordinal, Instant at) implements Report {}
}
