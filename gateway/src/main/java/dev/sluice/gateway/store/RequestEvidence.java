package dev.sluice.gateway.store;

import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The queries of the sweeps: what is out, since when, and with whom. All of them use the index of dispatched requests.
 */
public final class RequestEvidence {

    static final String OUT_SQL = """
            select id, kind, state, dispatch, delivery, gateway, processor, dispatched_at, updated_at, alone
            from request where dispatched order by kind, id limit $1""";

    static final String OUT_BY_KIND_SQL =
            "select kind, state::int, count(*) from request where dispatched group by kind, state";

    static final String UNSTARTED_SQL = """
            select id, dispatch, delivery from request
            where id = any($1::uuid[]) and dispatched and gateway = $2 and processor is null""";

    private static final String COUNTS_SQL = "select state::int, count(*) from request group by state";

    private final Database database;

    private record Count(String kind, RequestState state, int requests) {}

    public RequestEvidence(Database database) {
        this.database = database;
    }

    /**
     * A request that is out.
     *
     * @param alone whether its run is to have its processor for itself, because an earlier one crashed
     */
    public record Out(
            RequestId id,
            String kind,
            RequestState state,
            Fence fence,
            @Nullable UUID gateway,
            @Nullable UUID processor,
            Instant dispatchedAt,
            Instant updatedAt,
            boolean alone) {}

    /** Everything that is out, by kind and age, at most {@code limit}. */
    public Mono<List<Out>> out(int limit) {
        return database.query(OUT_SQL, statement -> statement.bind("$1", limit), RequestEvidence::out);
    }

    /**
     * The runs of these requests that {@code gateway} dispatched and no processor has started, as far as is known. A
     * request that is to be canceled is among them.
     */
    public Mono<Map<RequestId, Fence>> unstarted(UUID gateway, List<RequestId> ids) {
        return database.query(
                        UNSTARTED_SQL,
                        statement -> bindUnstarted(statement, gateway, ids),
                        row -> Map.entry(Columns.id(row, 0), Columns.fence(row, 1)))
                .map(rows -> rows.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    static void bindUnstarted(Statement statement, UUID gateway, List<RequestId> ids) {
        RequestUpdate.bindIds(statement, ids);
        statement.bind("$2", gateway);
    }

    /** How many requests of each kind are out, by state; what there is none of is left out. */
    public Mono<Map<String, Map<RequestState, Integer>>> outByKind() {
        return database.query(
                        OUT_BY_KIND_SQL,
                        _ -> {},
                        row -> new Count(Columns.text(row, 0), Columns.state(row, 1), (int) Columns.bigint(row, 2)))
                .map(counts -> counts.stream()
                        .collect(Collectors.groupingBy(Count::kind, Collectors.toMap(Count::state, Count::requests))));
    }

    /** How many requests there are in each state: a count over all days, for reports and tests, not for hot paths. */
    public Mono<Map<RequestState, Long>> countsByState() {
        return database.query(COUNTS_SQL, _ -> {}, row -> Map.entry(Columns.state(row, 0), Columns.bigint(row, 1)))
                .map(rows -> rows.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    private static Out out(Row row) {
        return new Out(
                Columns.id(row, 0),
                Columns.text(row, 1),
                Columns.state(row, 2),
                Columns.fence(row, 3),
                Columns.uuidOrNull(row, 5),
                Columns.uuidOrNull(row, 6),
                Columns.instant(row, 7),
                Columns.instant(row, 8),
                Columns.bool(row, 9));
    }
}
