package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.GatewayProcess;
import dev.sluice.queue.Topology;
import dev.sluice.testkit.PostgresNode;
import dev.sluice.testkit.RabbitNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The distributed form, every part a process of its own: Postgres, RabbitMQ, two gateways, two processors. */
final class Cluster implements AutoCloseable {

    /** Processing tokens of each processor. */
    static final int TOKENS = 16;

    private static final int EACH = 2;

    private final Path folder;
    private final PostgresNode postgres;
    private final String database;
    private final RabbitNode rabbit;
    private final List<GatewayProcess> gateways;
    private final List<GatewayProcess> processors;

    private Cluster(Path folder) {
        this.folder = folder;
        postgres = PostgresNode.start();
        database = postgres.freshDatabase();
        rabbit = RabbitNode.start();
        Map<String, String> gateway = Map.of(
                "SLUICE_DATABASE_URL",
                "postgresql://127.0.0.1:" + postgres.port() + "/" + database,
                "SLUICE_DATABASE_USERNAME",
                PostgresNode.USER,
                "SLUICE_DATABASE_PASSWORD",
                PostgresNode.PASSWORD,
                "SLUICE_BROKER_ADDRESSES",
                rabbit.address());
        Map<String, String> processor = Map.of(
                "SLUICE_BROKER_ADDRESSES",
                rabbit.address(),
                "SLUICE_PROCESSOR_SAMPLES",
                "true",
                "SLUICE_PROCESSOR_TOKENS",
                Integer.toString(TOKENS));
        gateways = IntStream.range(0, EACH)
                .mapToObj(_ -> GatewayProcess.gateway(gateway))
                .toList();
        processors = IntStream.range(0, EACH)
                .mapToObj(_ -> GatewayProcess.processor(processor))
                .toList();
    }

    static Cluster start(Path folder) {
        Cluster cluster = new Cluster(folder);
        cluster.awaitKinds();
        // A young quorum queue may not survive a kill: RabbitMQ 3.10 writes its list of queues late.
        cluster.rabbit.sync();
        return cluster;
    }

    /** Kinds exist once a heartbeat was journaled. */
    private void awaitKinds() {
        await("kinds are known").atMost(Duration.ofSeconds(60)).until(() -> {
            try (Connection connection = connect();
                    var rows = connection
                            .createStatement()
                            .executeQuery("select count(*) from kind k where exists"
                                    + " (select from kind_owner o where o.kind = k.name)")) {
                rows.next();
                return rows.getInt(1) >= EACH * 2;
            }
        });
    }

    /** Starts the load in a JVM of its own. */
    Process startLoad(Path history, long seed, int requests, int perSecond) throws IOException {
        String targets = gateways.stream()
                .map(gateway -> "127.0.0.1:" + gateway.httpPort())
                .collect(Collectors.joining(","));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Load.class.getName(),
                        history.toString(),
                        Long.toString(seed),
                        Integer.toString(requests),
                        Integer.toString(perSecond),
                        targets)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("load.log").toFile())
                .start();
    }

    Connection connect() throws SQLException {
        return postgres.connect(database);
    }

    PostgresNode postgres() {
        return postgres;
    }

    RabbitNode rabbit() {
        return rabbit;
    }

    GatewayProcess gateway(int index) {
        return gateways.get(index);
    }

    GatewayProcess processor(int index) {
        return processors.get(index);
    }

    /** Everything runs again. */
    void heal() {
        gateways.stream().filter(each -> !each.isRunning()).forEach(GatewayProcess::restart);
        processors.stream().filter(each -> !each.isRunning()).forEach(GatewayProcess::restart);
    }

    /** No message is left: neither work nor reports nor dead letters. */
    void assertBrokerEmpty() {
        await("broker is empty").atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            Map<String, RabbitNode.QueueCount> queues = rabbit.queues();
            queues.values().stream()
                    .filter(queue -> queue.name().startsWith("sluice.work")
                            || queue.name().startsWith("sluice.status")
                            || queue.name().equals(Topology.dead().name()))
                    .forEach(queue -> assertThat(queue.ready() + queue.unacked())
                            .as(queue.name())
                            .isZero());
        });
    }

    /** The output of the processes, for the reader of a failure. */
    private void keepLogs() {
        for (int i = 0; i < EACH; i++) {
            keep("gateway-" + i, gateways.get(i).log());
            keep("processor-" + i, processors.get(i).log());
        }
    }

    private void keep(String name, String log) {
        try {
            Files.writeString(folder.resolve(name + ".log"), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        keepLogs();
        processors.forEach(GatewayProcess::close);
        gateways.forEach(GatewayProcess::close);
        rabbit.close();
        postgres.close();
    }
}
