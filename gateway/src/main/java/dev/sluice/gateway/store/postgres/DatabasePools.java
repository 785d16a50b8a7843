package dev.sluice.gateway.store.postgres;

import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The connections to Postgres, a pool for each use: where one use is slow or stuck, the others go on. Thread-safe.
 * Bound: {@link DatabaseSettings#maxConnections}, dealt out by a fixed order.
 */
public final class DatabasePools {

    /**
     * Every statement of the gateway finds its rows by key. These keep a plan that was made for an empty table from
     * reading a full one. Hash joins stay: they put the rows of a batch beside what was found for it. Bitmap scans go:
     * they read all that a condition matches before they sort and cut it, and never tell the index which of its entries
     * are dead, so that a table whose rows come and go gets slower until it is vacuumed.
     */
    private static final Map<String, String> OPTIONS = Map.of(
            "enable_seqscan", "off",
            "enable_bitmapscan", "off",
            "enable_mergejoin", "off",
            "work_mem", "32MB",
            "jit", "off",
            "application_name", "sluice-gateway");

    /**
     * How connections are dealt out; beyond the last, from the start again. Each use gets one before any gets two. The
     * whole order gives the journal as many as there are shards, and presence two: a look at Postgres that is stuck
     * must not keep leases from being renewed. Sweeps run one after the other, so that one is enough.
     */
    private static final List<ConnectionUse> ORDER = List.of(
            ConnectionUse.INTAKE,
            ConnectionUse.JOURNAL,
            ConnectionUse.DISPATCH,
            ConnectionUse.CALLERS,
            ConnectionUse.SWEEPS,
            ConnectionUse.PRESENCE,
            ConnectionUse.JOURNAL,
            ConnectionUse.PRESENCE,
            ConnectionUse.CALLERS,
            ConnectionUse.DISPATCH,
            ConnectionUse.JOURNAL,
            ConnectionUse.INTAKE,
            ConnectionUse.CALLERS,
            ConnectionUse.JOURNAL);

    private final DatabaseSettings settings;
    private final Map<ConnectionUse, Database> byUse = new EnumMap<>(ConnectionUse.class);

    public DatabasePools(DatabaseSettings settings) {
        this.settings = settings;
        for (ConnectionUse use : ConnectionUse.values()) {
            int share = share(use, settings.maxConnections());
            byUse.put(use, new Database(connections(settings, use), use, share, settings));
        }
    }

    /** The database, by the connections of one use. */
    public Database of(ConnectionUse use) {
        return Objects.requireNonNull(byUse.get(use));
    }

    /** Of all uses together. */
    public int maxConnections() {
        return settings.maxConnections();
    }

    /** Connections in use, of all uses together. */
    public int acquired() {
        return byUse.values().stream()
                .mapToInt(database -> database.metrics().acquiredSize())
                .sum();
    }

    /** Statements that wait for a connection, of all uses together. */
    public int waiting() {
        return byUse.values().stream()
                .mapToInt(database -> database.metrics().pendingAcquireSize())
                .sum();
    }

    /** Ends all connections. */
    public Mono<Void> close() {
        return Flux.fromIterable(byUse.values())
                .concatMapDelayError(Database::close, 1)
                .then();
    }

    /** How many of {@code all} connections a use gets. */
    static int share(ConnectionUse use, int all) {
        return (int) IntStream.range(0, all)
                .filter(dealt -> ORDER.get(dealt % ORDER.size()) == use)
                .count();
    }

    private static PostgresqlConnectionFactory connections(DatabaseSettings settings, ConnectionUse use) {
        return new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
                .host(settings.host())
                .port(settings.port())
                .database(settings.database())
                .username(settings.username())
                .password(settings.password())
                .connectTimeout(settings.acquireTimeout())
                .codecRegistrar(new BinaryCodecs())
                .forceBinary(true)
                .tcpNoDelay(true)
                .tcpKeepAlive(true)
                .options(options(settings.statementTimeout(), use))
                .build());
    }

    private static Map<String, String> options(Duration statementTimeout, ConnectionUse use) {
        Map<String, String> all = new HashMap<>(OPTIONS);
        all.put("plan_cache_mode", use.plans().mode());
        all.put("statement_timeout", Long.toString(statementTimeout.toMillis()));
        return all;
    }
}
