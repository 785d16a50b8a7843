package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.GatewayProcess;
import dev.sluice.queue.Topology;
import dev.sluice.testkit.FaultProxy;
import dev.sluice.testkit.PostgresNode;
import dev.sluice.testkit.RabbitNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The distributed form, every part a process of its own: Postgres, RabbitMQ, two processors, two gateways or more. It
 * keeps one history of all runs on it. One run at a time.
 */
final class Cluster implements AutoCloseable {

    /** Processing tokens of a processor, unless its settings say otherwise; none has more. */
    static final int TOKENS = 16;

    private static final int EACH = 2;
    private static final int NUMBERS_OF_A_RUN = 1_000_000;
    private static final Duration SOON = Duration.ofMinutes(2);

    private final Path folder;
    private final AtomicInteger runs = new AtomicInteger();
    private final PostgresNode postgres;
    private final String database;
    private final RabbitNode rabbit;
    private final List<FaultProxy> proxies = new ArrayList<>();
    private final List<Link> gatewayLinks;
    private final List<String> processorLinks;
    private final List<GatewayProcess> gateways;
    private final List<GatewayProcess> processors;

    /**
     * Settings beyond the usual ones, as environment variables.
     *
     * @param gateway of all gateways; there are {@code gateways}, or two
     * @param processors of each processor
     * @param proxied whether the connections of gateways and processors go through {@link FaultProxy}s
     */
    record Plan(int gateways, Map<String, String> gateway, List<Map<String, String>> processors, boolean proxied) {

        Plan(Map<String, String> gateway, List<Map<String, String>> processors, boolean proxied) {
            this(EACH, gateway, processors, proxied);
        }

        static Plan plain() {
            return new Plan(Map.of(), List.of(Map.of(), Map.of()), false);
        }
    }

    /** Where a gateway finds Postgres and RabbitMQ. */
    private record Link(String database, String broker) {}

    private Cluster(Plan plan) throws IOException {
        folder = Files.createTempDirectory("sluice-oracle-");
        CompletableFuture<PostgresNode> starting = CompletableFuture.supplyAsync(PostgresNode::start);
        rabbit = RabbitNode.start();
        postgres = starting.join();
        database = postgres.freshDatabase();
        gatewayLinks = IntStream.range(0, plan.gateways)
                .mapToObj(_ -> new Link(link(postgres.port(), plan), link(rabbit.port(), plan)))
                .toList();
        processorLinks = IntStream.range(0, EACH)
                .mapToObj(_ -> link(rabbit.port(), plan))
                .toList();
        CompletableFuture<List<GatewayProcess>> others = CompletableFuture.supplyAsync(
                () -> together(EACH, i -> GatewayProcess.processor(processorSettings(i, plan))));
        gateways = together(plan.gateways, i -> GatewayProcess.gateway(gatewaySettings(i, plan)));
        processors = others.join();
    }

    static Cluster start(Plan plan) throws IOException {
        Cluster cluster = new Cluster(plan);
        try {
            cluster.awaitKinds();
            return cluster;
        } catch (Throwable failure) {
            System.out.println("the logs are in " + cluster.folder);
            cluster.close();
            throw failure;
        }
    }

    /** Where the calls of all runs are written down. */
    Path history() {
        return folder.resolve("history");
    }

    /** The number before the first call of one more run; those of two runs do not meet. */
    int firstNumber() {
        return runs.incrementAndGet() * NUMBERS_OF_A_RUN;
    }

    List<URI> apis() {
        return gateways.stream().map(GatewayProcess::api).toList();
    }

    /** Starts the load in a JVM of its own. */
    Process startLoad(Load.Order order) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Load.class.getName(),
                history().toString()));
        command.addAll(order.words());
        apis().forEach(api -> command.add(api.toString()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("load.log").toFile()))
                .start();
    }

    Connection connect() throws SQLException {
        return postgres.connect(database);
    }

    /** The number of rows, past everything that is tested. */
    long count(String from) throws SQLException {
        return Long.parseLong(query("select count(*) " + from));
    }

    /** The first column of the first row, past everything that is tested. */
    String query(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).as(sql).isTrue();
            return String.valueOf(rows.getString(1));
        }
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

    /** The lines between the gateways and Postgres. */
    List<FaultProxy> databaseProxies() {
        return gatewayLinks.stream().map(link -> proxy(link.database)).toList();
    }

    /** The lines between the gateways and RabbitMQ. */
    List<FaultProxy> brokerProxies() {
        return gatewayLinks.stream().map(link -> proxy(link.broker)).toList();
    }

    /** The line between a processor and RabbitMQ. */
    FaultProxy processorProxy(int index) {
        return proxy(processorLinks.get(index));
    }

    /** Everything runs again. */
    void heal() {
        Stream.concat(gateways.stream(), processors.stream())
                .filter(each -> !each.isRunning())
                .forEach(GatewayProcess::restart);
    }

    /** No message is left: neither work nor reports nor dead letters. */
    void assertBrokerEmpty() {
        await("broker is empty")
                .atMost(SOON)
                .untilAsserted(() -> rabbit.queues().values().stream()
                        .filter(queue -> queue.name().startsWith("sluice.work")
                                || queue.name().startsWith("sluice.status")
                                || queue.name().equals(Topology.dead().name()))
                        .forEach(queue -> assertThat(queue.ready() + queue.unacked())
                                .as(queue.name())
                                .isZero()));
    }

    /** Kinds exist once a heartbeat was journaled, and a moment later each gateway knows them. */
    private void awaitKinds() {
        await("processors are heard").atMost(SOON).until(() -> count("from processor") == EACH);
        await("kinds have owners")
                .atMost(SOON)
                .until(() -> count("from kind where name not in (select kind from kind_owner)") == 0);
        await("gateways know the kinds").atMost(SOON).until(() -> {
            String kinds = query("select string_agg(name, ',') from kind");
            return apis().stream()
                    .map(Cluster::kindsAt)
                    .allMatch(known ->
                            Stream.of(kinds.split(",")).allMatch(kind -> known.contains("\"name\":\"" + kind + "\"")));
        });
    }

    private static String kindsAt(URI api) {
        try (InputStream answer = api.resolve("/v1/kinds").toURL().openStream()) {
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException _) {
            return "";
        }
    }

    private Map<String, String> gatewaySettings(int index, Plan plan) {
        Map<String, String> settings = new HashMap<>(plan.gateway);
        settings.put("SLUICE_DATABASE_URL", "postgresql://" + gatewayLinks.get(index).database + "/" + database);
        settings.put("SLUICE_DATABASE_USERNAME", PostgresNode.USER);
        settings.put("SLUICE_DATABASE_PASSWORD", PostgresNode.PASSWORD);
        settings.put("SLUICE_BROKER_ADDRESSES", gatewayLinks.get(index).broker);
        return settings;
    }

    private Map<String, String> processorSettings(int index, Plan plan) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "SLUICE_BROKER_ADDRESSES",
                processorLinks.get(index),
                "SLUICE_PROCESSOR_SAMPLES",
                "true",
                "SLUICE_PROCESSOR_TOKENS",
                Integer.toString(TOKENS)));
        settings.putAll(plan.processors.get(index));
        return settings;
    }

    private String link(int port, Plan plan) {
        if (!plan.proxied) {
            return PostgresNode.HOST + ":" + port;
        }
        FaultProxy proxy = new FaultProxy(port, proxies.size());
        proxies.add(proxy);
        return proxy.address();
    }

    private FaultProxy proxy(String address) {
        return proxies.stream()
                .filter(proxy -> proxy.address().equals(address))
                .findFirst()
                .orElseThrow();
    }

    private static List<GatewayProcess> together(int count, IntFunction<GatewayProcess> start) {
        return IntStream.range(0, count)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> start.apply(i), task -> Thread.ofPlatform().start(task)))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
    }

    private void keepLogs() {
        List<GatewayProcess> all =
                Stream.concat(gateways.stream(), processors.stream()).toList();
        IntStream.range(0, all.size()).forEach(number -> all.get(number).keepLog(folder, number));
    }

    @Override
    public void close() {
        keepLogs();
        processors.forEach(GatewayProcess::close);
        gateways.forEach(GatewayProcess::close);
        proxies.forEach(FaultProxy::close);
        rabbit.close();
        postgres.close();
    }
}
