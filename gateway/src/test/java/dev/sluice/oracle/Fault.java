package dev.sluice.oracle;

import java.util.Random;

/**
 * A fault that strikes while the load runs, and the evidence afterwards that it did.
 *
 * @param strike strikes once; called every few seconds while the load runs
 * @param evidence an event that must have happened at least once, or the run proves nothing
 */
record Fault(String name, int times, Strike strike, Evidence evidence) {

    /** One strike. */
    interface Strike {
        /**
         * Strikes.
         *
         * @param turn 0, 1, …: so that victims take turns
         */
        void hit(Cluster cluster, int turn, Random random) throws Exception;
    }

    /** Whether the strikes had an effect. */
    interface Evidence {
        boolean isIn(Outcome outcome);
    }
}
