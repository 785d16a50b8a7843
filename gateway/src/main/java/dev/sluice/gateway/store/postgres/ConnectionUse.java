package dev.sluice.gateway.store.postgres;

import java.util.Locale;

/** A use of Postgres that has connections of its own, so that no other use can take them. */
public enum ConnectionUse {
    /** Inserts of new requests. */
    INTAKE,
    /** Changes of state by reports, and the heartbeats among them. */
    JOURNAL,
    /** From the backlog to the broker and back, and its counts. */
    DISPATCH,
    /** Reads and cancels, which callers wait for. */
    CALLERS,
    /** Evidence of losses, its repair, and the end of days. */
    SWEEPS,
    /** This gateway's life and leases, its copies of kinds and processors, and the look at Postgres. */
    PRESENCE;

    /** The value of the tag {@code use}. */
    String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
