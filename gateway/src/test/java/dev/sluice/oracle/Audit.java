package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * The end of every run: heal, drain, compare the whole history of the cluster with the tables, look for messages that
 * are left. Fails if a promise was broken.
 */
final class Audit {

    private static final Duration DRAIN_TIMEOUT = Duration.ofMinutes(3);

    private final Cluster cluster;
    private final String run;

    private Audit(Cluster cluster, String run) {
        this.cluster = cluster;
        this.run = run;
    }

    /**
     * Ends a run.
     *
     * @param run its name and seed, for messages
     * @param first the number of its first call
     * @return its own observations
     */
    static Outcome of(Cluster cluster, String run, int first) throws Exception {
        return new Audit(cluster, run).outcome(first);
    }

    private Outcome outcome(int first) throws Exception {
        cluster.heal();
        await(run + " is drained")
                .atMost(DRAIN_TIMEOUT)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> cluster.count("from request where state < 20") == 0);
        History.Facts facts = History.Facts.read(cluster.history());
        Map<UUID, List<LogEvents.Event>> logs;
        try (Connection postgres = cluster.connect()) {
            assertThat(Checker.check(postgres, facts, Cluster.TOKENS)).as(run).isEmpty();
            logs = LogEvents.read(postgres);
        }
        cluster.assertBrokerEmpty();
        History.Facts own = facts.from(first);
        logs.keySet().retainAll(Set.copyOf(own.accepted().values()));
        Outcome outcome = new Outcome(own, returned(logs));
        System.out.println(run + ": " + outcome);
        return outcome;
    }

    private static Map<String, Integer> returned(Map<UUID, List<LogEvents.Event>> logs) {
        Map<String, Integer> returned = new HashMap<>();
        for (List<LogEvents.Event> log : logs.values()) {
            for (LogEvents.Event event : log) {
                if (event.type().equals("accepted")) {
                    returned.merge(event.data().path("reason").asString(), 1, Integer::sum);
                }
            }
        }
        return returned;
    }
}
