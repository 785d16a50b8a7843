package dev.sluice.message;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A processor's word about one run of a request. The journal decides its meaning.
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

    /** The handler failed; {@code retryAfter} if the handler knows a better time than the policy. */
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
     * Handed back without a verdict. No attempt is counted for it.
     *
     * @param pause until the next dispatch at least; zero for at once
     * @param cost processing tokens that the request takes
     */
    record Released(RequestId id, Fence fence, int ordinal, Instant at, Cause cause, Duration pause, int cost)
            implements Report {

        /** Why the processor does not run the request. */
        public enum Cause {
            /** The processor stops, or could not start it in time. */
            HANDED_BACK,
            /** The broker had delivered it before, to a run that this processor does not know. */
            REDELIVERED,
            /** The same, of a long run: its processor may have let go of the message, and go on. */
            MAY_RUN_ELSEWHERE,
            /**
             * It takes more processing tokens than this processor has for its kind; another processor may have them.
             */
            COST_EXCEEDS_TOKENS
        }
    }

    /** Stopped because a cancel asked for it. */
    record Canceled(RequestId id, Fence fence, int ordinal, Instant at) implements Report {}
}
