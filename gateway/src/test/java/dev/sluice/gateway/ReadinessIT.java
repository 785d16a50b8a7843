package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.migrations.Migrations;
import dev.sluice.testkit.FreePorts;
import dev.sluice.testkit.PostgresNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * When a gateway says that it is ready: with a real Postgres, and without a broker, because the broker does not matter.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReadinessIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final PostgresNode postgres = PostgresNode.start();
    private final String database = postgres.freshDatabase();
    private GatewayProcess gateway;
    private Api api;

    @BeforeAll
    void start() {
        gateway = GatewayProcess.gateway(Map.of(
                "SLUICE_BROKER_ADDRESSES",
                "127.0.0.1:" + FreePorts.one(),
                "SLUICE_DATABASE_URL",
                "postgresql://127.0.0.1:" + postgres.port() + "/" + database,
                "SLUICE_DATABASE_USERNAME",
                PostgresNode.USER,
                "SLUICE_DATABASE_PASSWORD",
                PostgresNode.PASSWORD,
                "SLUICE_KINDS_SMALL_MAX_BACKLOG",
                "2",
                "SLUICE_KINDS_LARGE_WINDOW",
                "8"));
        api = new Api(gateway.api());
    }

    @AfterAll
    void stop() {
        gateway.close();
        postgres.close();
    }

    /** Makes the gateway ready after any test before. */
    @BeforeEach
    void beReady() {
        if (!gateway.isRunning()) {
            gateway.restart();
        }
        awaitReadiness(200, "\"UP\"");
    }

    @Test
    void isNotReadyWhilePostgresIsAway() {
        postgres.stop();

        awaitReadiness(503, "Postgres");

        postgres.restart();
        awaitReadiness(200, "\"UP\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fsync", "full_page_writes", "synchronous_commit"})
    void isNotReadyWhileCommitsMayBeForgotten(String setting) {
        execute("alter system set " + setting + " = off");
        execute("select pg_reload_conf()");

        awaitReadiness(503, setting + " is off");

        execute("alter system reset " + setting);
        execute("select pg_reload_conf()");
        awaitReadiness(200, "\"UP\"");
    }

    @Test
    void isNotReadyOnAnOlderSchema() {
        execute("update sluice_schema_history set success = false where version = '" + Migrations.VERSION + "'");

        awaitReadiness(
                503,
                "the schema has version " + (Migrations.VERSION - 1) + ", this gateway needs " + Migrations.VERSION);

        execute("update sluice_schema_history set success = true");
        awaitReadiness(200, "\"UP\"");
    }

    @Test
    void isNotReadyWithoutPartitionsForTomorrow() {
        execute("select sluice_drop_day((now() at time zone 'UTC')::date + 1)");

        awaitReadiness(503, "there is no partition for ");

        execute("delete from request_day where day = (now() at time zone 'UTC')::date + 1");
        awaitReadiness(200, "\"UP\"");
    }

    /** There is room for the others, and another gateway would have no more. */
    @Test
    void staysReadyWithAFullBacklogOfAKind() {
        api.submit("small", "{}");
        api.submit("small", "{}");

        Api.problem(api.postJson("small", "{}"), 503, "backlog-full");

        api.submit("large", "{}");
        awaitReadiness(200, "\"UP\"");
    }

    /** Here there is no processor at all. */
    @Test
    void takesWorkOfAKindThatConfigurationDeclares() {
        assertThat(api.postJson("large", "{}").statusCode()).isEqualTo(202);
        Api.problem(api.postJson("undeclared", "{}"), 404, "unknown-kind");
    }

    @Test
    void isNotReadyWhileItDrains() {
        CompletableFuture<HttpResponse<byte[]>> taken = submitToFrozenPostgres();

        CompletableFuture<Integer> ending = CompletableFuture.supplyAsync(() -> gateway.terminate(SOON));

        awaitReadiness(503, "OUT_OF_SERVICE");
        Api.problem(api.postJson("large", "{}"), 503, "draining");
        postgres.thaw();
        assertThat(taken.join().statusCode()).isEqualTo(202);
        assertThat(ending.join()).isEqualTo(143);
    }

    @Test
    void tellsASocketThatItDrains() throws Exception {
        try (TestSocket socket = TestSocket.greeted(gateway)) {
            CompletableFuture<HttpResponse<byte[]>> taken = submitToFrozenPostgres();
            CompletableFuture<Integer> ending = CompletableFuture.supplyAsync(() -> gateway.terminate(SOON));
            awaitReadiness(503, "OUT_OF_SERVICE");

            socket.say("{\"type\":\"submit\",\"ref\":\"late\",\"kind\":\"large\",\"input\":{}}");

            assertThat(socket.next("problem").path("problem").path("code").asString())
                    .isEqualTo("draining");
            assertThat(metrics()).contains("sluice_intake_refused_total{reason=\"Draining\"} 1.0");
            postgres.thaw();
            assertThat(taken.join().statusCode()).isEqualTo(202);
            assertThat(ending.join()).isEqualTo(143);
        }
    }

    /** A call whose answer waits for the commit, and so the drain waits with it. */
    private CompletableFuture<HttpResponse<byte[]>> submitToFrozenPostgres() {
        postgres.freeze();
        CompletableFuture<HttpResponse<byte[]>> taken = api.http()
                .sendAsync(
                        api.call("/v1/requests/large")
                                .POST(BodyPublishers.ofString("{}"))
                                .build(),
                        BodyHandlers.ofByteArray());
        await().atMost(SOON).until(() -> metrics().contains("sluice_batch_pending{batcher=\"intake\"} 1.0"));
        return taken;
    }

    private void awaitReadiness(int status, String says) {
        await().atMost(SOON).untilAsserted(() -> {
            HttpResponse<byte[]> answer = management("/actuator/health/readiness");
            assertThat(Api.text(answer)).contains(says);
            assertThat(answer.statusCode()).isEqualTo(status);
        });
    }

    private String metrics() {
        return Api.text(management("/actuator/prometheus"));
    }

    private HttpResponse<byte[]> management(String path) {
        URI uri = URI.create("http://127.0.0.1:" + gateway.managementPort() + path);
        return api.send(HttpRequest.newBuilder(uri).timeout(SOON));
    }

    private void execute(String sql) {
        try (Connection connection = postgres.connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
