package dev.sluice.gateway.store.postgres;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.pool.PoolMetrics;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Postgres, by the bounded pool of connections of one {@link ConnectionUse}, made for key look-ups and writes.
 *
 * <p>No cancel reaches a connection: a statement that was begun is ended, and its connection goes back to the pool,
 * whoever still waits for it. A statement that does not end within {@link DatabaseSettings#statementTimeout} is ended
 * by Postgres; where Postgres does not answer either, it is given up a moment later, with its connection. Both end with
 * {@link StoreUnavailableException}.
 */
public final class Database {

    /** Postgres speaks first where it can: then it is known that nothing was written, and the connection is kept. */
    private static final Duration GRACE = Duration.ofMillis(500);

    /** As many submissions as intake holds unless set otherwise; one statement more is refused at once. */
    private static final int MAX_WAITING = 4096;

    private final DatabaseSettings settings;
    private final ConnectionPool pool;

    Database(ConnectionFactory connections, ConnectionUse use, int maxConnections, DatabaseSettings settings) {
        this.settings = settings;
        pool = new ConnectionPool(ConnectionPoolConfiguration.builder(connections)
                .name("sluice-" + use.tag())
                .initialSize(0)
                .maxSize(maxConnections)
                .maxIdleTime(Duration.ofMinutes(5))
                .maxLifeTime(settings.maxLife())
                .maxAcquireTime(settings.acquireTimeout())
                .maxCreateConnectionTime(settings.acquireTimeout())
                .customizer(builder -> builder.maxPendingAcquire(MAX_WAITING))
                .build());
    }

    /** The rows of one statement; the whole of it runs even if nobody waits any more. */
    public <T> Mono<List<T>> query(String sql, Consumer<Statement> bind, Function<Row, T> map) {
        return with(connection -> rows(connection, sql, bind, map));
    }

    /** How many rows one statement changed. */
    public Mono<Long> update(String sql, Consumer<Statement> bind) {
        return with(connection -> updated(connection, sql, bind));
    }

    /**
     * Runs {@code work} on a connection.
     *
     * @return what it gives; {@link StoreUnavailableException} where Postgres cannot be reached or does not answer in
     *     time; {@link R2dbcException} where it answers with an error
     */
    public <T> Mono<T> with(Function<Connection, Mono<T>> work) {
        Mono<T> whole = Mono.usingWhen(acquired(), connection -> bounded(connection, work), Connection::close)
                .onErrorMap(Database::isConnection, Database::unavailable);
        return Mono.defer(() -> {
            Sinks.One<T> end = Sinks.one();
            // Apart from whoever waits: what is begun is ended, and its end may go unheard.
            whole.subscribe(end::tryEmitValue, end::tryEmitError, end::tryEmitEmpty);
            return end.asMono();
        });
    }

    /** Connections in use and waiting callers. */
    public PoolMetrics metrics() {
        return pool.getMetrics().orElseThrow();
    }

    /** Ends all connections. */
    Mono<Void> close() {
        return pool.disposeLater();
    }

    static <T> Mono<List<T>> rows(Connection connection, String sql, Consumer<Statement> bind, Function<Row, T> map) {
        Statement statement = connection.createStatement(sql);
        bind.accept(statement);
        return Flux.from(statement.execute())
                .concatMap(result -> result.map((row, _) -> map.apply(row)), 1)
                .collectList();
    }

    static Mono<Long> updated(Connection connection, String sql, Consumer<Statement> bind) {
        Statement statement = connection.createStatement(sql);
        bind.accept(statement);
        return Flux.from(statement.execute())
                .concatMap(result -> result.getRowsUpdated(), 1)
                .reduce(0L, Long::sum);
    }

    private Mono<Connection> acquired() {
        return pool.create()
                .onErrorMap(
                        Exception.class,
                        cause -> new StoreUnavailableException("no connection to Postgres: " + cause, cause, false));
    }

    private <T> Mono<T> bounded(Connection connection, Function<Connection, Mono<T>> work) {
        return work.apply(connection)
                .timeout(settings.statementTimeout().plus(GRACE))
                .onErrorResume(
                        TimeoutException.class, late -> discard(connection).then(Mono.error(late)));
    }

    /** What the statement did is unknown and it may still run, so nobody else may get this connection. */
    private static Mono<Void> discard(Connection connection) {
        Object bare = connection instanceof Wrapped<?> wrapped ? wrapped.unwrap() : connection;
        Publisher<Void> closed = bare instanceof Connection inner ? inner.close() : connection.close();
        return Mono.from(closed)
                .timeout(Duration.ofSeconds(1))
                .onErrorComplete(TimeoutException.class)
                .onErrorComplete(R2dbcException.class);
    }

    private static boolean isConnection(Throwable error) {
        return switch (error) {
            case StoreUnavailableException _ -> false;
            case TimeoutException _ -> true;
            case R2dbcException refused -> SqlErrors.isConnection(refused);
            default -> error instanceof java.io.IOException || error instanceof IllegalStateException;
        };
    }

    private static StoreUnavailableException unavailable(Throwable cause) {
        return new StoreUnavailableException("Postgres did not answer: " + cause, cause);
    }
}
