package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.GatewayProcess;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Three gateways share kinds and reports. Under load one is killed, one stops, and both come again. */
@Execution(ExecutionMode.CONCURRENT)
class GatewaysComeAndGoIT {

    private static final int GATEWAYS = 3;
    private static final int PER_SECOND = Integer.getInteger("oracle.rate", 150);
    private static final long SEED = Long.getLong("oracle.seed", 20_261_125L);
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final Pattern RECEIVED =
            Pattern.compile("sluice_journal_reports_received_total(?:\\{[^}]*})? ([0-9.E]+)");

    private static Cluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = Cluster.start(new Cluster.Plan(GATEWAYS, Map.of(), List.of(Map.of(), Map.of()), false));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void losesNothingWhenGatewaysComeAndGo() throws Exception {
        int first = cluster.firstNumber();
        Process load = cluster.startLoad(new Load.Order(Mix.EACH_KIND, SEED, first, Load.Order.ENDLESS, PER_SECOND));
        try {
            awaitShared("three live");
            cluster.gateway(0).kill();
            awaitKindsOf(GATEWAYS - 1);
            cluster.gateway(0).restart();
            awaitShared("a killed one is back");
            assertThat(cluster.gateway(1).terminate(Duration.ofSeconds(12))).isEqualTo(143);
            awaitKindsOf(GATEWAYS - 1);
            cluster.gateway(1).restart();
            awaitShared("a stopped one is back");
        } finally {
            load.getOutputStream().close(); // the load ends
        }

        assertThat(load.waitFor()).isZero();
        Outcome outcome = Audit.of(cluster, "gateways come and go, seed " + SEED, first);
        assertThat(outcome.facts().repeated())
                .as("calls that met a gateway which was gone (else the run is invalid)")
                .isNotEmpty();
    }

    /** Each gateway lives, has dispatched, and has received reports. */
    private static void awaitShared(String moment) {
        await(moment)
                .atMost(SOON)
                .pollInterval(Duration.ofMillis(250))
                .until(() -> cluster.count("from gateway g where exists (select from request r where r.gateway = g.id)")
                                == GATEWAYS
                        && received(0) > 0
                        && received(1) > 0
                        && received(2) > 0);
        System.out.println(moment + ": reports received " + received(0) + ", " + received(1) + ", " + received(2)
                + "; kinds " + parts());
    }

    /** The kinds are owned by so many gateways, and none is without an owner. */
    private static void awaitKindsOf(int gateways) {
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(250))
                .until(() -> cluster.count("from gateway") == gateways
                        && cluster.count("from kind where name not in"
                                        + " (select kind from kind_owner where expires_at > now())")
                                == 0);
    }

    private static String parts() {
        try {
            return cluster.query("select string_agg(kinds, ' | ') from"
                    + " (select string_agg(kind, ',' order by kind) kinds"
                    + " from kind_owner where expires_at > now() group by gateway) parts");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double received(int index) {
        GatewayProcess gateway = cluster.gateway(index);
        Matcher count = RECEIVED.matcher(gateway.metrics());
        return count.find() ? Double.parseDouble(count.group(1)) : 0;
    }
}
