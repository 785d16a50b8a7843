package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.Contract.Answer;
import dev.sluice.testkit.PostgresNode;
import dev.sluice.testkit.RabbitNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A gateway with kinds and limits under which every documented answer comes about. For one thread. */
final class ContractTestkit implements AutoCloseable {

    /** No processor does this kind: one of its requests is out, the others wait. */
    static final String WAITING = "nobody";
    /** The same, and one request fills its backlog. */
    static final String FULL = "full";

    private static final int MAX_STREAMS = 4;
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String DROPPED_DAY = "2024-01-01";

    private final PostgresNode postgres = PostgresNode.start();
    private final String database = postgres.freshDatabase();
    private final RabbitNode rabbit = RabbitNode.start();
    private final GatewayProcess gateway;
    private final GatewayProcess processor;
    private final Api api;
    private String left = "";

    ContractTestkit() {
        execute("insert into request_day (day, dropped_at) values ('" + DROPPED_DAY + "', now())");
        gateway = GatewayProcess.gateway(Map.ofEntries(
                Map.entry("SLUICE_BROKER_ADDRESSES", rabbit.address()),
                Map.entry("SLUICE_DATABASE_URL", "postgresql://127.0.0.1:" + postgres.port() + "/" + database),
                Map.entry("SLUICE_DATABASE_USERNAME", PostgresNode.USER),
                Map.entry("SLUICE_DATABASE_PASSWORD", PostgresNode.PASSWORD),
                Map.entry("SLUICE_LIVE_MAX_STREAMS", Integer.toString(MAX_STREAMS)),
                Map.entry("SLUICE_KINDS_NOBODY_WINDOW", "1"),
                Map.entry("SLUICE_KINDS_FULL_WINDOW", "1"),
                Map.entry("SLUICE_KINDS_FULL_MAX_BACKLOG", "1")));
        processor = GatewayProcess.processor(
                Map.of("SLUICE_BROKER_ADDRESSES", rabbit.address(), "SLUICE_PROCESSOR_SAMPLES", "true"));
        api = new Api(gateway.api());
        await("work is done").atMost(SOON).untilAsserted(() -> {
            assertThat(Api.text(api.get("/v1/kinds"))).contains("\"echo\"", "\"sleep\"", "\"flaky\"", "\"fail\"");
            assertThat(api.postJson("echo", "{}", "Prefer", "wait=30").statusCode())
                    .isEqualTo(200);
        });
    }

    Api api() {
        return api;
    }

    GatewayProcess gateway() {
        return gateway;
    }

    /** The path of a request that has succeeded. */
    String succeeded() {
        return done(api.submit("echo", "{\"n\":1}"));
    }

    /** The path of a request that has failed, after one more try. */
    String failed() {
        return done(api.submit("flaky", "{\"failures\":9}", "Sluice-Max-Attempts", "2"));
    }

    String canceled() {
        String id = out();
        api.cancel(id);
        return done(id);
    }

    /** The path of a request whose log has lost its first piece. */
    String forgotten() {
        String id = api.submit("sleep", "{\"ms\":1000}");
        String path = done(id);
        execute("delete from request_log where id = '" + id.substring("req_".length())
                + "' and first_seq = (select min(first_seq) from request_log where id = '"
                + id.substring("req_".length()) + "')");
        return path;
    }

    /** The path of a request whose retention is over and whose outcome is still there. */
    String expired() {
        String path = succeeded();
        execute("update request set expires_at = now() where id = '%s'".formatted(uuid(path)));
        return path;
    }

    /** The path of a request whose outcome was deleted. */
    String erased() {
        String path = expired();
        execute("delete from request_payload where id = '%s'".formatted(uuid(path)));
        execute("delete from request_result where id = '%s'".formatted(uuid(path)));
        return path;
    }

    private static String uuid(String path) {
        return path.substring(path.indexOf("req_") + "req_".length());
    }

    /** The path of a request that is in the backlog. */
    String waiting() {
        api.submit(WAITING, "{}");
        String second = api.submit(WAITING, "{}");
        assertThat(api.read(second).path("state").asString()).isEqualTo("ACCEPTED");
        return Api.path(second);
    }

    /** The path of a request that a processor has. */
    String running() {
        return Api.path(out());
    }

    /** The path of a request that was never taken. */
    static String unknown() {
        return Api.path("req_" + idOf(Instant.now()));
    }

    /** The path of a request that may have been kept once. */
    static String gone() {
        return Api.path("req_" + idOf(Instant.parse(DROPPED_DAY + "T12:00:00Z")));
    }

    /** A call past the HTTP client, which would refuse to make it. */
    Answer raw(String method, String path, String... pieces) {
        try (RawConnection connection = connect()) {
            for (String piece : pieces) {
                connection.write(piece);
            }
            return Answer.of(method, path, connection.read());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** While the greatest allowed number of streams is open. */
    void whileFull(Runnable calls) {
        left = succeeded();
        String path = running() + "/events";
        List<RawConnection> open = new ArrayList<>();
        try {
            for (int i = 0; i < MAX_STREAMS; i++) {
                open.add(streaming(path));
            }
            calls.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            open.forEach(ContractTestkit::close);
        }
        await("room again").atMost(SOON).until(() -> api.get(left + "/events").statusCode() == 200);
    }

    /** While Postgres is away. */
    void withoutStore(Runnable calls) {
        postgres.stop();
        try {
            calls.run();
        } finally {
            postgres.restart();
            await("ready").atMost(SOON).until(gateway::isReady);
        }
    }

    /** While Postgres is there and does not answer. */
    <T> T withSilentStore(Supplier<T> call) {
        succeeded(); // so that connections are open
        postgres.freeze();
        try {
            return call.get();
        } finally {
            postgres.thaw();
            await("ready").atMost(SOON).until(gateway::isReady);
        }
    }

    /** The path of a request that was done before the gateway was brought into its condition. */
    String left() {
        return left;
    }

    /** While the gateway drains: a stream whose page is not read yet holds it there. */
    void whileDraining(Runnable calls) {
        left = succeeded();
        try (Connection holding = postgres.connect(database);
                Statement statement = holding.createStatement()) {
            holding.setAutoCommit(false);
            statement.execute("lock table request_log in access exclusive mode");
            try (RawConnection _ = streaming(left + "/events?lastEventId=0")) {
                ProcessHandle.of(gateway.pid()).orElseThrow().destroy();
                await("draining")
                        .atMost(SOON)
                        .pollInterval(Duration.ofMillis(10))
                        .until(() -> !isTaking());
                calls.run();
            }
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(e);
        }
        await("ended").atMost(SOON).until(() -> !gateway.isRunning());
        gateway.restart();
    }

    private boolean isTaking() {
        return api.postJson("echo", "{}").statusCode() == 202;
    }

    private String out() {
        String id = api.submit("sleep", "{\"ms\":60000}");
        await("it runs")
                .atMost(SOON)
                .until(() -> api.read(id).path("state").asString().equals("RUNNING"));
        return id;
    }

    private String done(String id) {
        api.awaitDone(id);
        return Api.path(id);
    }

    /** A stream whose head has come. */
    private RawConnection streaming(String path) throws IOException {
        RawConnection connection = connect();
        connection.write(RawConnection.get(path));
        assertThat(connection.read().status()).isEqualTo(200);
        return connection;
    }

    private RawConnection connect() throws IOException {
        return new RawConnection(gateway.httpPort(), TIMEOUT);
    }

    private void execute(String sql) {
        try (Connection connection = postgres.connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static void close(RawConnection connection) {
        try {
            connection.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A UUIDv7 of a time. */
    private static String idOf(Instant time) {
        String hex = String.format("%012x", time.toEpochMilli());
        return hex.substring(0, 8) + "-" + hex.substring(8) + "-7000-8000-000000000001";
    }

    @Override
    public void close() {
        processor.close();
        gateway.close();
        rabbit.close();
        postgres.close();
    }
}
