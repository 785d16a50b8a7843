package dev.sluice.gateway.testkit;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import com.fasterxml.uuid.UUIDClock;
import dev.sluice.gateway.broker.Deployment;
import dev.sluice.gateway.client.Clients;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestOptions;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage;
import dev.sluice.message.Wire;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.Topology;
import dev.sluice.queue.local.LocalBroker;
import dev.sluice.testkit.FaultProxy;
import dev.sluice.testkit.PostgresNode;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A database of its own and a broker, on which gateways without HTTP can be put. */
public final class GatewayTestkit implements AutoCloseable {

    public static final Client CLIENT = Clients.LOCAL;
    public static final String KIND = "thumbnail";
    public static final Duration SOON = Duration.ofSeconds(60);
    public static final UUID PROCESSOR = UUID.fromString("00000000-0000-4000-8000-00000000000b");

    /** Each id is 32 ms after the one before, so that requests spread over the status shards. */
    private static final NoArgGenerator IDS = Generators.timeBasedEpochGenerator(new Random(), spread());

    private final PostgresNode postgres;
    private final String name;
    private final List<TestGateway> gateways = new ArrayList<>();
    private final Broker broker;

    private GatewayTestkit(PostgresNode postgres, Broker broker) {
        this.postgres = postgres;
        this.broker = broker;
        name = postgres.freshDatabase();
    }

    /** With the broker of one JVM. */
    public static GatewayTestkit open() {
        return on(PostgresNode.shared(), new LocalBroker());
    }

    public static GatewayTestkit on(PostgresNode postgres, Broker broker) {
        return new GatewayTestkit(postgres, broker);
    }

    public Broker broker() {
        return broker;
    }

    /** One more gateway; nothing of it is started. */
    public TestGateway gateway() {
        return gateway(broker);
    }

    public TestGateway gateway(Broker itsBroker) {
        return gateway(itsBroker, new Deployment(false));
    }

    public TestGateway gateway(Broker itsBroker, Deployment deployment) {
        return added(new TestGateway(settings(postgres.port()), itsBroker, deployment));
    }

    /** With these settings beside or instead of the usual ones. */
    public TestGateway gateway(Map<String, Object> itsSettings) {
        Map<String, Object> all = new HashMap<>(settings(postgres.port()));
        all.putAll(itsSettings);
        return added(new TestGateway(all, broker, new Deployment(false)));
    }

    /** One more gateway, which reaches Postgres through a proxy before {@link #postgresPort}. */
    public TestGateway gatewayThrough(FaultProxy proxy) {
        return added(new TestGateway(settings(proxy.port()), broker, new Deployment(false)));
    }

    public int postgresPort() {
        return postgres.port();
    }

    private TestGateway added(TestGateway gateway) {
        await(gateway.kinds().configure(Map.of(KIND, TestKinds.kind(64))));
        gateways.add(gateway);
        return gateway;
    }

    /** Short pauses, so that tests are short; the kinds that processors offer are as {@link TestKinds}. */
    private Map<String, Object> settings(int port) {
        return Map.of(
                "sluice.database.url",
                "postgresql://" + PostgresNode.HOST + ":" + port + "/" + name,
                "sluice.database.username",
                PostgresNode.USER,
                "sluice.database.password",
                PostgresNode.PASSWORD,
                "sluice.database.max-connections",
                "6",
                "sluice.database.acquire-timeout",
                "10s",
                "sluice.database.statement-timeout",
                "5s",
                "sluice.kind-defaults.window",
                "64",
                "sluice.kind-defaults.backoff",
                "1ms",
                "sluice.kind-defaults.max-backoff",
                "2ms");
    }

    /** Sends reports as a processor does: those of one request to its shard, in order. */
    public void report(Report... reports) {
        for (Report report : reports) {
            publish(Topology.shardOf(report.id().value()), new StatusMessage.ReportBatch(PROCESSOR, List.of(report)));
        }
    }

    public void publish(int shard, StatusMessage message) {
        publish(shard, Wire.encode(message));
    }

    public void publish(int shard, byte[] body) {
        await(broker.declare(Topology.status(shard))
                .then(broker.publish(
                        OutboundMessage.durable(Topology.STATUS_EXCHANGE, Integer.toString(shard), body))));
    }

    /** Published with confirms in flight, for many. */
    public void publishAll(List<Report> reports, int perMessage) {
        await(Flux.range(0, Topology.STATUS_SHARDS)
                .concatMap(shard -> broker.declare(Topology.status(shard)), 1)
                .thenMany(Flux.range(0, Topology.STATUS_SHARDS))
                .flatMap(shard -> Flux.fromStream(reports.stream()
                                .filter(report -> Topology.shardOf(report.id().value()) == shard))
                        .buffer(perMessage)
                        .map(some -> Wire.encode(new StatusMessage.ReportBatch(PROCESSOR, some)))
                        .concatMap(
                                body -> broker.publish(OutboundMessage.durable(
                                        Topology.STATUS_EXCHANGE, Integer.toString(shard), body)),
                                1))
                .then());
    }

    /** The first column, past everything that is tested. */
    public List<String> query(String sql) {
        try {
            return postgres.query(name, sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** The next changes of requests, one a row and try, find that somebody else was faster. */
    public void loseRaces(int count) {
        execute("create sequence races");
        execute("create function lose() returns trigger language plpgsql as"
                + " 'begin return case when nextval(''races'') > " + count + " then new end; end'");
        execute("create trigger lose before update on request for each row execute function lose()");
    }

    /** A connection past everything that is tested. */
    public Connection connect() throws SQLException {
        return postgres.connect(name);
    }

    public long count(String sql) {
        return Long.parseLong(query("select count(*) " + sql).getFirst());
    }

    public void execute(String sql) {
        try (Connection connection = postgres.connect(name);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static UUIDClock spread() {
        AtomicLong last = new AtomicLong();
        return new UUIDClock() {
            @Override
            public long currentTimeMillis() {
                return last.updateAndGet(before -> Math.max(before + 32, System.currentTimeMillis()));
            }
        };
    }

    /** Go to the backlog. */
    public static List<NewRequest> waiting(int count) {
        return IntStream.range(0, count).mapToObj(_ -> request(false)).toList();
    }

    /** Go straight to the broker. */
    public static List<NewRequest> queued(int count) {
        return IntStream.range(0, count).mapToObj(_ -> request(true)).toList();
    }

    public static NewRequest request(boolean queued) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        return new NewRequest(
                new RequestId(IDS.generate()),
                CLIENT,
                KIND,
                new RequestOptions(1, 5, Duration.ofSeconds(60), null),
                now,
                now.plus(Duration.ofDays(7)),
                new Payload(Payload.JSON, "{}".getBytes(StandardCharsets.UTF_8)),
                queued);
    }

    public static void await(Mono<?> mono) {
        mono.block(SOON);
    }

    public static <T> T value(Mono<T> mono) {
        T value = mono.block(SOON);
        if (value == null) {
            throw new AssertionError("there was none");
        }
        return value;
    }

    @Override
    public void close() {
        gateways.forEach(TestGateway::close);
        broker.close().block(SOON);
    }
}
