package dev.sluice.gateway.kind;

import dev.sluice.gateway.store.postgres.Database;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
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

    private static final String SAVE_SQL = """
            insert into kind (name, max_window, max_envelope, max_attempts, timeout_ms, backoff_ms, max_backoff_ms,
                max_payload_bytes, max_result_bytes, max_backlog, max_backlog_bytes, retention_s, content_types)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text[])
            on conflict (name) do update set max_window = excluded.max_window, max_envelope = excluded.max_envelope,
                max_attempts = excluded.max_attempts, timeout_ms = excluded.timeout_ms,
                backoff_ms = excluded.backoff_ms, max_backoff_ms = excluded.max_backoff_ms,
                max_payload_bytes = excluded.max_payload_bytes, max_result_bytes = excluded.max_result_bytes,
                max_backlog = excluded.max_backlog, max_backlog_bytes = excluded.max_backlog_bytes,
                retention_s = excluded.retention_s, content_types = excluded.content_types, updated_at = now()""";

    /** Those that there is room for. Offers at the same moment may pass the bound by as many. */
    private static final String OFFER_SQL = """
            insert into kind (name, max_window, max_envelope, max_attempts, timeout_ms, backoff_ms, max_backoff_ms,
                max_payload_bytes, max_result_bytes, max_backlog, max_backlog_bytes, retention_s, content_types)
            select offered.name, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text[]
            from unnest($1::text[]) as offered (name)
            where not exists (select from kind known where known.name = offered.name)
            order by offered.name
            limit greatest(0, $14 - (select count(*) from kind))
            on conflict (name) do nothing""";

    private final Database database;

    KindTable(Database database) {
        this.database = database;
    }

    Mono<List<KindPolicy>> all() {
        return database.query(SELECT_SQL, _ -> {}, KindTable::policy);
    }

    /** Stores policies over those that are stored. */
    Mono<Void> save(Collection<KindPolicy> policies) {
        return Flux.fromIterable(policies).concatMap(this::save, 1).then();
    }

    /** Stores those of {@code names} that are new, as {@code policy}, as long as there are fewer than {@code max}. */
    Mono<Void> offer(List<String> names, KindPolicy policy, int max) {
        return database.update(
                        OFFER_SQL,
                        statement -> bind(statement.bind("$1", names.toArray(String[]::new)), policy)
                                .bind("$14", max))
                .then();
    }

    private Mono<Long> save(KindPolicy policy) {
        return database.update(SAVE_SQL, statement -> bind(statement.bind("$1", policy.name()), policy));
    }

    private static Statement bind(Statement statement, KindPolicy policy) {
        return statement
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
                .bind("$13", policy.contentTypes().toArray(String[]::new));
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
