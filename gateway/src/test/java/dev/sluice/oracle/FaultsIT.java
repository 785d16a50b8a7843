package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.GatewayProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Every accepted request ends exactly once, whatever dies: 10,000 requests for each part, through two gateways and two
 * processors, while this part is killed with SIGKILL and started again.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the cluster of FaultsIT") // one scenario after the other
class FaultsIT {

    private static final int REQUESTS = Integer.getInteger("oracle.requests", 10_000);
    private static final int PER_SECOND = Integer.getInteger("oracle.rate", 300);
    private static final long SEED = Long.getLong("oracle.seed", 20_261_121L);

    private static Cluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = Cluster.start(Cluster.Plan.plain());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void losesNothingWhenGatewaysAreKilled() throws Exception {
        run(new Fault(
                "kill -9 of each gateway in turn",
                4,
                (_, turn, _) -> killed(cluster.gateway(turn % 2)),
                outcome -> !outcome.facts().repeated().isEmpty()));
    }

    @Test
    void losesNothingWhenProcessorsAreKilled() throws Exception {
        run(new Fault(
                "kill -9 of a processor",
                4,
                (_, _, random) -> killed(cluster.processor(random.nextInt(2))),
                outcome -> outcome.returnedFor("crashed") + outcome.returnedFor("lost") > 0));
    }

    @Test
    void losesNothingWhenTheBrokerIsKilled() throws Exception {
        run(new Fault("kill -9 of RabbitMQ", 2, FaultsIT::killBroker, outcome -> outcome.returnedFor("lost") > 0));
    }

    @Test
    void losesNothingWhenTheBrokerComesBackEmpty() throws Exception {
        run(new Fault(
                "RabbitMQ comes back empty", 1, FaultsIT::emptyBroker, outcome -> outcome.returnedFor("lost") > 0));
    }

    @Test
    void losesNothingWhenPostgresIsKilled() throws Exception {
        run(new Fault(
                "kill -9 of Postgres",
                2,
                FaultsIT::killPostgres,
                outcome ->
                        !outcome.facts().refused().isEmpty() || outcome.facts().unknown() > 0));
    }

    private static void run(Fault fault) throws Exception {
        new Scenario(SEED, REQUESTS, PER_SECOND).run(cluster, fault);
    }

    private static void killed(GatewayProcess process) {
        process.kill();
        process.restart();
    }

    private static void killBroker(Cluster cluster, int turn, Random random) {
        cluster.rabbit().kill();
        cluster.rabbit().restart();
    }

    private static void emptyBroker(Cluster cluster, int turn, Random random) {
        cluster.rabbit().kill();
        cluster.rabbit().restartEmpty();
    }

    /**
     * Postgres is back before a submission has to be refused: the gateway looks up the writes that were under way. Then
     * it is away until a submission is refused.
     */
    private static void killPostgres(Cluster cluster, int turn, Random random) throws Exception {
        cluster.postgres().kill();
        cluster.postgres().restart();
        cluster.postgres().kill();
        assertThat(statusOfSubmission(cluster.gateway(turn % 2))).isEqualTo(503);
        cluster.postgres().restart();
    }

    private static int statusOfSubmission(GatewayProcess gateway) throws Exception {
        HttpRequest echo = HttpRequest.newBuilder(gateway.api().resolve("/v1/requests/echo"))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(echo, HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }
}
