package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;

/**
 * One run: load, faults meanwhile, and its {@link Audit}. A failure names its seed; the same seed gives the same load
 * and the same blows.
 *
 * @param seed of kinds, pauses and victims
 * @param requests to be accepted
 * @param perSecond submissions
 */
record Scenario(long seed, int requests, int perSecond) {

    private static final Duration LOAD_TIMEOUT = Duration.ofMinutes(8);

    /** Runs it and asserts that the fault had an effect and every promise was kept. */
    void run(Cluster cluster, Fault fault) throws Exception {
        String name = fault.name() + ", seed " + seed;
        int first = cluster.firstNumber();
        // A young quorum queue may not survive a kill: RabbitMQ 3.10 writes its list of queues late.
        cluster.rabbit().sync();
        Process load = cluster.startLoad(new Load.Order(Mix.EVERYTHING, seed, first, requests, perSecond));

        strike(fault, cluster, load);

        assertThat(load.waitFor()).as("%s: exit code of the load", name).isZero();
        Outcome outcome = Audit.of(cluster, name, first);
        assertThat(outcome.facts().accepted()).hasSizeGreaterThanOrEqualTo(requests);
        assertThat(fault.evidence().isIn(outcome))
                .as("%s was felt (else the run is invalid): %s", name, outcome)
                .isTrue();
    }

    private void strike(Fault fault, Cluster cluster, Process load) throws Exception {
        Random random = new Random(seed);
        long loadSeconds = Math.max(1, requests / perSecond);
        Duration pause = Duration.ofMillis(1_000 * loadSeconds / (fault.times() + 1));
        for (int turn = 0; turn < fault.times() && !load.waitFor(pause); turn++) {
            fault.strike().hit(cluster, turn, random);
        }
        if (!load.waitFor(LOAD_TIMEOUT)) {
            load.destroyForcibly();
            throw new AssertionError("the load did not end within " + LOAD_TIMEOUT + "; seed " + seed);
        }
    }
}
