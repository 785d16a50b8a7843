package dev.sluice.gateway.request;

import dev.sluice.message.Failure;

/** When a request that kills its processors is to blame for it. Pure. */
public final class Poison {

    /** After so many runs that killed their processor, alone in it, the request is to blame. */
    public static final int MAX_CRASHES = 3;

    /** Whether one more crash of the run that this snapshot shows is one too many. */
    public static boolean isReachedBy(RequestSnapshot snapshot) {
        return snapshot.alone() && snapshot.crashes() + 1 >= MAX_CRASHES;
    }

    /** How such a request fails. */
    public static Failure failure() {
        return new Failure(
                "poison",
                "The processor died " + MAX_CRASHES + " times while it ran this request and nothing else",
                "");
    }

    private Poison() {}
}
