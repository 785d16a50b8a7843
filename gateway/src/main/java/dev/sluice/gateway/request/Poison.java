package dev.sluice.gateway.request;

import dev.sluice.message.Failure;

/** Decides when a request is to blame for the death of its processors. Pure. */
public final class Poison {

    /** The request is to blame after so many crashes, each of a run that was alone in its processor. */
    public static final int MAX_CRASHES = 3;

    /** Whether a crash of the run in this snapshot is one too many. */
    public static boolean isReachedBy(RequestSnapshot snapshot) {
        return snapshot.alone() && snapshot.crashes() + 1 >= MAX_CRASHES;
    }

    /** The failure of such a request. */
    public static Failure failure() {
        return new Failure(
                "poison",
                "The processor died " + MAX_CRASHES + " times while it ran this request and nothing else",
                "");
    }

    private Poison() {}
}
