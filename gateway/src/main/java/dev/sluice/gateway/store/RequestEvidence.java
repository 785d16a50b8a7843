package dev.sluice.gateway.store;

import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The queries of the sweeps: requests that are out, since when, and with which processor. All of them use the index of
 * dispatched requests. They filter in Postgres and read in pages of {@value #PAGE} requests, in the order of that
 * index: a page costs the same wherever it begins, and a reader holds one or two of them.
 *
 * <p>Thread-safe; holds nothing.
 */
public final class RequestEvidence {

    /** Requests in a page. */
    static final int PAGE = 4_000;

    private static final String PAGE_SQL = """
            select id, kind, state, dispatch, delivery, processor, dispatched_at, alone
            from request where dispatched and (kind, id) > ($1, $2::uuid) and (%s)
            order by kind, id limit $3""";

    static final String OUT_SQL = PAGE_SQL.formatted("mod(get_byte(uuid_send(id), 5) >> 5, $5::int) = any($4::int[])"
            + " or processor is not null and processor <> all($6::uuid[])");

    static final String CANCELING_SQL = StateSql.compose(PAGE_SQL.formatted("state = {CANCELING}"));

    static final String LATEST_OF_GATEWAY_SQL =
            PAGE_SQL.formatted("gateway = $4 and processor is null and dispatched_at > $5::timestamptz");

    static final String DISPATCHED_BEFORE_SQL =
            PAGE_SQL.formatted("dispatched_at < $4::timestamptz and (processor is null or $5::boolean)");

    /** The gateways judge runs of one processor in different shards, so the largest count holds for all. */
    static final String NOTE_RUNS_SQL = """
            with counted as (
                select processor as id, count(*)::int as runs from request
                where dispatched and processor = any($1::uuid[]) group by processor
            ), noted as (
                update processor p set silent_runs = greatest(p.silent_runs, c.runs) from counted c where p.id = c.id
                returning p.id, p.silent_runs
            )
            select c.id, coalesce(n.silent_runs, c.runs) from counted c left join noted n on n.id = c.id""";

    static final String OUT_BY_KIND_SQL =
            "select kind, state::int, count(*) from request where dispatched group by kind, state";

    static final String UNSTARTED_SQL = """
            select id, dispatch, delivery from request
            where id = any($1::uuid[]) and dispatched and gateway = $2 and processor is null""";

    private static final String COUNTS_SQL = "select state::int, count(*) from request group by state";

    private final Database database;

    /**
     * Some of the shards into which requests are divided by the time in their ids, 32 ms by 32 ms.
     *
     * @param count of all shards, a power of two of at most 8
     * @param numbers of those that are meant, from 0
     */
    public record Shards(int count, Set<Integer> numbers) {
        public Shards {
            if (count < 1 || 8 % count != 0) {
                throw new IllegalArgumentException("the shards must be 1, 2, 4 or 8, were " + count);
            }
            numbers = Set.copyOf(numbers);
        }
    }

    /** A place in the order of the requests that are out. */
    record Key(String kind, UUID id) {
        static final Key START = new Key("", new UUID(0, 0));
    }

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
            @Nullable UUID processor,
            Instant dispatchedAt,
            boolean alone) {}

    /**
     * Everything that is out in some status shards, and all runs of other shards whose processor is not among the
     * given ones. Pages, by kind and age; cold.
     *
     * @param livingProcessors those whose runs in other shards are left out
     */
    public Flux<List<Out>> out(Shards shards, Collection<UUID> livingProcessors) {
        return pages(OUT_SQL, statement -> bindOut(statement, shards, livingProcessors));
    }

    static void bindOut(Statement statement, Shards shards, Collection<UUID> livingProcessors) {
        int[] numbers = shards.numbers().stream().mapToInt(Integer::intValue).toArray();
        statement.bind("$4", numbers).bind("$5", shards.count());
        statement.bind("$6", livingProcessors.toArray(UUID[]::new));
    }

    /** Requests to be canceled that are still out. Pages; cold. */
    public Flux<List<Out>> canceling() {
        return pages(CANCELING_SQL, _ -> {});
    }

    /** Requests that a gateway dispatched after a moment, and whose start is not known. Pages; cold. */
    public Flux<List<Out>> latestOf(UUID gateway, Instant after) {
        return pages(
                LATEST_OF_GATEWAY_SQL,
                statement -> statement.bind("$4", gateway).bind("$5", after));
    }

    /**
     * Requests that were dispatched before a moment. Pages; cold.
     *
     * @param started whether those whose start is known are wanted, too
     */
    public Flux<List<Out>> dispatchedBefore(Instant moment, boolean started) {
        return pages(
                DISPATCHED_BEFORE_SQL, statement -> statement.bind("$4", moment).bind("$5", started));
    }

    /**
     * Counts the requests at each of these silent processors, before any of them is taken back. The first gateway that
     * counts since the last heartbeat of a processor notes the number in its row, and all others get that number.
     *
     * @return by processor; those that have no request now are left out
     */
    public Mono<Map<UUID, Integer>> noteRunsOf(Collection<UUID> processors) {
        UUID[] ids = processors.toArray(UUID[]::new);
        return database.query(
                        NOTE_RUNS_SQL,
                        statement -> statement.bind("$1", ids),
                        row -> Map.entry(Columns.uuid(row, 0), Columns.integer(row, 1)))
                .map(rows -> rows.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    private Flux<List<Out>> pages(String sql, Consumer<Statement> bind) {
        return page(sql, bind, Key.START)
                .expand(page -> page.size() < PAGE ? Mono.empty() : page(sql, bind, keyOf(page.getLast())))
                .filter(page -> !page.isEmpty());
    }

    private Mono<List<Out>> page(String sql, Consumer<Statement> bind, Key after) {
        return database.query(
                sql,
                statement -> {
                    bindPage(statement, after);
                    bind.accept(statement);
                },
                RequestEvidence::out);
    }

    static void bindPage(Statement statement, Key after) {
        statement.bind("$1", after.kind()).bind("$2", after.id()).bind("$3", PAGE);
    }

    private static Key keyOf(Out out) {
        return new Key(out.kind(), out.id().value());
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

    /** How many requests of each kind are out, by state; kinds and states without requests are left out. */
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
                Columns.instant(row, 6),
                Columns.bool(row, 7));
    }
}
