package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One run: load, faults meanwhile, heal, drain, check. A failure names its seed; the same seed gives the same load and
 * the same blows.
 *
 * @param seed of kinds, pauses and victims
 * @param requests to be accepted
 * @param perSecond submissions
 */
record Scenario(long seed, int requests, int perSecond) {

    private static final Duration LOAD_TIMEOUT = Duration.ofMinutes(8);
    private static final Duration DRAIN_TIMEOUT = Duration.ofMinutes(3);
    private static final int FIRST_DONE = 20;

    /**
     * The observations of a run.
     *
     * @param facts of the load
     * @param returned how often work came back to the backlog, by reason
     */
    record Outcome(History.Facts facts, Map<String, Integer> returned, List<Violation> violations) {

        int returnedFor(String reason) {
            return returned.getOrDefault(reason, 0);
        }

        /** Invocations that neither got a 202 nor a refusal. */
        int unknown() {
            return facts.kinds().size()
                    - facts.accepted().size()
                    - facts.refused().size();
        }

        @Override
        public String toString() {
            return facts.kinds().size() + " invoked, " + facts.accepted().size() + " accepted, "
                    + facts.refused().size() + " refused, " + unknown() + " unknown, returned " + returned + ", "
                    + violations.size() + " violations";
        }
    }

    /** Runs it and asserts that the fault had an effect and every promise was kept. */
    void run(Fault fault) throws Exception {
        Path folder = Files.createTempDirectory("sluice-oracle-");
        try (Cluster cluster = Cluster.start(folder)) {
            Path file = folder.resolve("history");
            Process load = cluster.startLoad(file, seed, requests, perSecond);
            strike(fault, cluster, load);
            assertThat(load.waitFor())
                    .as("the load accepted %d requests; seed %d", requests, seed)
                    .isZero();
            cluster.heal();
            History.Facts facts = History.Facts.read(file);
            try (Connection postgres = cluster.connect()) {
                awaitDrained(postgres);
                List<Violation> violations = Checker.check(postgres, facts, Cluster.TOKENS);
                Outcome outcome =
                        new Outcome(facts, returned(LogEvents.read(postgres).values()), violations);
                System.out.println(fault.name() + ", seed " + seed + ": " + outcome);
                assertThat(violations).as("%s, seed %d", fault.name(), seed).isEmpty();
                assertThat(facts.accepted()).hasSizeGreaterThanOrEqualTo(requests);
                assertThat(fault.evidence().isIn(outcome))
                        .as("%s was felt (else the run is invalid): %s", fault.name(), outcome)
                        .isTrue();
            }
            cluster.assertBrokerEmpty();
        }
    }

    private void strike(Fault fault, Cluster cluster, Process load) throws Exception {
        Random random = new Random(seed);
        long loadSeconds = Math.max(1, requests / perSecond);
        Duration pause = Duration.ofMillis(1_000 * loadSeconds / (fault.times() + 1));
        for (int i = 0; i < fault.times() && load.isAlive(); i++) {
            if (load.waitFor(pause)) {
                break;
            }
            fault.strike().hit(cluster, random);
        }
        if (!load.waitFor(LOAD_TIMEOUT)) {
            load.destroyForcibly();
            throw new AssertionError("the load did not end within " + LOAD_TIMEOUT + "; seed " + seed);
        }
    }

    private void awaitDrained(Connection postgres) {
        await("drained; seed " + seed)
                .atMost(DRAIN_TIMEOUT)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> openRequests(postgres) == 0);
    }

    private static long openRequests(Connection postgres) throws SQLException {
        try (PreparedStatement statement =
                postgres.prepareStatement("select count(*) from request where state < " + FIRST_DONE)) {
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    private static Map<String, Integer> returned(Collection<List<LogEvents.Event>> logs) {
        Map<String, Integer> returned = new HashMap<>();
        for (List<LogEvents.Event> log : logs) {
            for (LogEvents.Event event : log) {
                if (event.type().equals("accepted")) {
                    returned.merge(event.data().path("reason").asString(), 1, Integer::sum);
                }
            }
        }
        return returned;
    }
}
