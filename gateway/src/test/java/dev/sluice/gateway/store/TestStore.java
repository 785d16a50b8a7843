package dev.sluice.gateway.store;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.gateway.store.postgres.DatabasePools;
import dev.sluice.gateway.store.postgres.DatabaseSettings;
import dev.sluice.message.RequestId;
import dev.sluice.testkit.PostgresNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A store on a database of its own. */
public final class TestStore implements AutoCloseable {

    public static final Duration SOON = Duration.ofSeconds(30);

    private static final int MANY = 16;

    private final PostgresNode postgres;
    private final String name;

    public final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    public final DatabasePools pools;
    public final Database database;
    final DispatchedSnapshots copies = new DispatchedSnapshots();
    public final RequestStore store;
    public final Backlog backlog;
    public final BacklogSizes sizes;
    public final RequestReader reader;
    public final RequestEvidence evidence;
    public final Days days;

    private TestStore(PostgresNode postgres, int connections, Duration statementTimeout, Duration maxLife) {
        this.postgres = postgres;
        this.name = postgres.freshDatabase();
        Clock clock = Clock.systemUTC();
        pools = new DatabasePools(new DatabaseSettings(
                PostgresNode.HOST,
                postgres.port(),
                name,
                PostgresNode.USER,
                PostgresNode.PASSWORD,
                connections,
                Duration.ofSeconds(2),
                statementTimeout,
                maxLife));
        database = pools.of(ConnectionUse.CALLERS);
        store = new RequestStore(pools, ConnectionUse.JOURNAL, copies, clock, new ConservationMetrics(meters));
        backlog = new Backlog(pools.of(ConnectionUse.DISPATCH), copies, clock);
        sizes = new BacklogSizes(pools.of(ConnectionUse.DISPATCH));
        days = new Days(pools.of(ConnectionUse.PRESENCE), pools.of(ConnectionUse.SWEEPS), clock);
        reader = new RequestReader(database, days, new SimpleMeterRegistry());
        evidence = new RequestEvidence(pools.of(ConnectionUse.SWEEPS));
    }

    public static TestStore open() {
        return on(PostgresNode.shared(), Duration.ofSeconds(10));
    }

    public static TestStore on(PostgresNode postgres, Duration statementTimeout) {
        return new TestStore(postgres, MANY, statementTimeout, Duration.ofMinutes(30));
    }

    /** With connections that are replaced after {@code maxLife}. */
    public static TestStore ofShortLife(Duration maxLife) {
        return new TestStore(PostgresNode.shared(), MANY, Duration.ofSeconds(10), maxLife);
    }

    /** Each use has one connection. */
    static TestStore ofOneConnectionAUse() {
        return new TestStore(
                PostgresNode.shared(), ConnectionUse.values().length, Duration.ofSeconds(10), Duration.ofMinutes(30));
    }

    public void insert(NewRequest... requests) {
        await(store.insert(TestRequests.GATEWAY, List.of(requests)));
    }

    /** Writes these events and gives the change; null if nothing changed. */
    @Nullable
    public RequestChange change(RequestId id, RequestEvent... events) {
        List<RequestChange> changes = await(store.change(List.of(id), _ -> List.of(events)));
        return changes.isEmpty() ? null : changes.getFirst();
    }

    public RequestSnapshot snapshot(RequestId id) {
        return await(reader.find(TestRequests.CLIENT, id)).snapshot();
    }

    /** The first column, past everything that is tested. */
    public List<String> query(String sql) throws SQLException {
        return postgres.query(name, sql);
    }

    public void execute(String sql) throws SQLException {
        try (Connection connection = postgres.connect(name);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** How many connections are in use. */
    public int acquired() {
        return pools.acquired();
    }

    public Connection connect() throws SQLException {
        return postgres.connect(name);
    }

    public static <T> T await(Mono<T> mono) {
        T value = mono.block(SOON);
        if (value == null) {
            throw new AssertionError("there was none");
        }
        return value;
    }

    @Override
    public void close() {
        pools.close().block(SOON);
    }
}
