package dev.sluice.oracle;

import java.util.Random;

/**
 * Something bad that happens while the load runs, and how one sees afterwards that it did.
 *
 * @param strike does it once; called each few seconds while the load runs
 * @param evidence what must have happened at least once, or the run proves nothing
 */
record Fault(String name, int times, Strike strike, Evidence evidence) {

    /** One blow. */
    interface Strike {
        void hit(Cluster cluster, Random random) throws Exception;
    }

    /** Whether the blow was felt. */
    interface Evidence {
        boolean isIn(Scenario.Outcome outcome);
    }
}
