package dev.sluice.gateway.kind;

import dev.sluice.gateway.store.postgres.Database;
import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The one class that reads and writes table {@code kind}. */
final class KindTable {

    private static final String SELECT_SQL = """
            select name, max_window, max_envelope, max_attempts, timeout_ms, backoff_ms, max_backoff_ms,
                max_payload_bytes, max_result_bytes, max_backlog, max_backlog_bytes, retention_s,
                array_to_string(content_types, ',')
            from kind""";

    private static final String INSERT_SQL = """
            insert into kind (name, max_window, max_envelope, max_attempts, timeout_ms, backoff_ms, max_backoff_ms,
                max_payload_bytes, max_result_bytes, max_backlog, max_backlog_bytes, retention_s, content_types)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text[])
            on conflict (name) do\s""";

    private static final String OVERWRITE = """
            update set max_window = excluded.max_window, max_envelope = excluded.max_envelope,
                max_attempts = excluded.max_attempts, timeout_ms = excluded.timeout_ms,
                backoff_ms = excluded.backoff_ms, max_backoff_ms = excluded.max_backoff_ms,
                max_payload_bytes = excluded.max_payload_bytes, max_result_bytes = excluded.max_result_bytes,
                max_backlog = excluded.max_backlog, max_backlog_bytes = excluded.max_backlog_bytes,
                retention_s = excluded.retention_s, content_types = excluded.content_types, updated_at = now()""";

    private final Database database;

    KindTable(Database database) {
        this.database = database;
    }

    Mono<List<KindPolicy>> all() {
        return database.query(SELECT_SQL, _ -> {}, KindTable::policy);
    }

    /** Stores policies; a stored kind changes only with {@code overwrite}. */
    Mono<Void> save(Collection<KindPolicy> policies, boolean overwrite) {
        String sql = INSERT_SQL + (overwrite ? OVERWRITE : "nothing");
        return Flux.fromIterable(policies)
                .concatMap(policy -> save(sql, policy), 1)
                .then();
    }

    private Mono<Long> save(String sql, KindPolicy policy) {
        return database.update(
                sql,
                statement -> statement
                        .bind("$1", policy.name())
                        .bind("$2", policy.window())
                        .bind("$3", policy.maxEnvelope())
                        .bind("$4", policy.maxAttempts())
                        .bind("$5", policy.timeout().toMillis())
                        .bind("$6", policy.backoff().toMillis())
                        .bind("$7", policy.maxBackoff().toMillis())
                        .bind("$8", policy.maxPayload())
                        .bind("$9", policy.maxResult())
                        .bind("$10", policy.maxBacklog())
                        .bind("$11", policy.maxBacklogBytes())
                        .bind("$12", policy.retention().toSeconds())
                        .bind("$13", policy.contentTypes().toArray(String[]::new)));
    }

    private static KindPolicy policy(Row row) {
        String types = value(row, 12, String.class);
        return new KindPolicy(
                value(row, 0, String.class),
                value(row, 1, Integer.class),
                value(row, 2, Integer.class),
                value(row, 3, Integer.class),
                Duration.ofMillis(value(row, 4, Long.class)),
                Duration.ofMillis(value(row, 5, Long.class)),
                Duration.ofMillis(value(row, 6, Long.class)),
                value(row, 7, Integer.class),
                value(row, 8, Integer.class),
                value(row, 9, Long.class),
                value(row, 10, Long.class),
                Duration.ofSeconds(value(row, 11, Long.class)),
                types.isEmpty() ? Set.of() : Set.of(types.split(",")));
    }

    private static <T> T value(Row row, int index, Class<T> type) {
        return Objects.requireNonNull(row.get(index, type));
    }
}
