package dev.sluice.gateway.store.postgres;

import java.util.Locale;

/** A use of Postgres that has connections of its own, so that no other use can take them. */
public enum ConnectionUse {
    /** Inserts of new requests. */
    INTAKE(Plans.KEPT),
    /** Changes of state by reports, and the heartbeats among them. */
    JOURNAL(Plans.KEPT),
    /** From the backlog to the broker and back, and its counts. */
    DISPATCH(Plans.MADE_EACH_TIME),
    /** Reads and cancels, which callers wait for. */
    CALLERS(Plans.KEPT),
    /** Evidence of losses, its repair, and the end of days. */
    SWEEPS(Plans.MADE_EACH_TIME),
    /** This gateway's life and leases, its copies of kinds and processors, and the look at Postgres. */
    PRESENCE(Plans.MADE_EACH_TIME);

    /** How Postgres plans the statements of a use. */
    enum Plans {
        /**
         * Once a connection, for any arguments. That is right where each table is asked for a list of keys: there is
         * one good way, and to find it again for each request costs more than to go it.
         */
        KEPT("force_generic_plan"),
        /** For the arguments of each call. That is right where the way depends on how many rows there are. */
        MADE_EACH_TIME("force_custom_plan");

        private final String mode;

        Plans(String mode) {
            this.mode = mode;
        }

        /** The value of Postgres' setting {@code plan_cache_mode}. */
        String mode() {
            return mode;
        }
    }

    private final Plans plans;

    ConnectionUse(Plans plans) {
        this.plans = plans;
    }

    Plans plans() {
        return plans;
    }

    /** The value of the tag {@code use}. */
    String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
