package dev.sluice.gateway.presence;

import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.message.KindName;
import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.KindOffer;
import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/** The one class that reads and writes table {@code processor}. Silence is measured by Postgres' clock alone. */
final class ProcessorTable {

    private static final String SAVE_SQL = """
            insert into processor (id, host, version, started_at, heard_at, interval_ms, tokens, tokens_in_use,
                stopping, kinds)
            values ($1, $2, $3, $4, now(), $5, $6, $7, $8, $9)
            on conflict (id) do update set heard_at = now(), interval_ms = excluded.interval_ms,
                tokens = excluded.tokens, tokens_in_use = excluded.tokens_in_use, stopping = excluded.stopping,
                kinds = excluded.kinds, silent_runs = null""";

    private static final String SELECT_SQL = """
            select id, host, (extract(epoch from now() - heard_at) * 1000)::bigint, stopping, tokens, tokens_in_use,
                kinds,
                interval_ms
            from processor""";

    private static final String FORGET_SQL = "delete from processor where heard_at < now() - $1 * interval '1 ms'";

    private final Database database;

    ProcessorTable(Database database) {
        this.database = database;
    }

    Mono<Void> save(Heartbeat heartbeat) {
        return database.update(
                        SAVE_SQL,
                        statement -> statement
                                .bind("$1", heartbeat.processor())
                                .bind("$2", heartbeat.host())
                                .bind("$3", heartbeat.version())
                                .bind("$4", heartbeat.startedAt())
                                .bind("$5", heartbeat.intervalMs())
                                .bind("$6", heartbeat.tokens())
                                .bind("$7", heartbeat.tokensInUse())
                                .bind("$8", heartbeat.stopping())
                                .bind(
                                        "$9",
                                        heartbeat.kinds().stream()
                                                .filter(kind -> KindName.isValid(kind.kind()))
                                                .map(kind ->
                                                        kind.kind() + ":" + kind.tokens() + ":" + kind.maxEnvelope())
                                                .collect(Collectors.joining(","))))
                .then();
    }

    Mono<List<KnownProcessor>> all() {
        return database.query(SELECT_SQL, _ -> {}, ProcessorTable::known);
    }

    Mono<Void> forget(Duration silence) {
        return database.update(FORGET_SQL, statement -> statement.bind("$1", silence.toMillis()))
                .then();
    }

    private static KnownProcessor known(Row row) {
        String kinds = Objects.requireNonNull(row.get(6, String.class));
        return new KnownProcessor(
                Objects.requireNonNull(row.get(0, UUID.class)),
                Objects.requireNonNull(row.get(1, String.class)),
                Duration.ofMillis(Objects.requireNonNull(row.get(2, Long.class))),
                Duration.ofMillis(Objects.requireNonNull(row.get(7, Integer.class))),
                Boolean.TRUE.equals(row.get(3, Boolean.class)),
                Objects.requireNonNull(row.get(4, Integer.class)),
                Objects.requireNonNull(row.get(5, Integer.class)),
                kinds.isEmpty()
                        ? List.of()
                        : Arrays.stream(kinds.split(","))
                                .map(ProcessorTable::offer)
                                .toList());
    }

    private static KindOffer offer(String text) {
        String[] parts = text.split(":", 3);
        return new KindOffer(parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }
}
