package dev.sluice.gateway.store;

import dev.sluice.gateway.request.DispatchedRequest;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import dev.sluice.message.WorkItem;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import reactor.core.publisher.Mono;

/**
 * Accepted requests that wait for their turn. A place has a rank, which is when its request was accepted, and may have
 * a moment before which it is not dispatched; until then it waits apart from the order. Thread-safe.
 */
public final class Backlog {

    /** Lets places enter the order whose moment has come. It leaves out rows that another gateway has locked. */
    static final String ENTER_SQL = """
            with due as materialized (
                select b.ctid from backlog b where b.kind = $1 and b.not_before <= $2::timestamptz
                order by b.kind, b.not_before, b.id limit $3 for update skip locked
            )
            update backlog b set not_before = null from due where b.ctid = due.ctid returning b.rank, b.id, b.bytes""";

    /**
     * Reads in the order of the index, so that it reads no more places than it gives. The lower bound keeps it from
     * passing all places that were taken before.
     */
    static final String FRONT_SQL = """
            select rank, id, bytes from backlog
            where kind = $1 and not_before is null and (rank, id) > ($2::timestamptz, $3::uuid)
            order by kind, rank, id limit $4""";

    /**
     * Takes rows, makes their requests QUEUED and gives what a processor needs, in one transaction. A row whose request
     * went on without it (canceled) is taken and gives nothing; a row that another gateway takes gives nothing either.
     * The first dispatch is told by queued_at, later ones have a row in the log.
     *
     * <p>The ids are named to every table, so that only their days are planned for. Each place is looked up by itself
     * (lateral, for update): with statistics of a moment at which hardly anything waited, a join would read the whole
     * backlog. A request that is neither out nor done waits; {@code state + 0} hides statistics that call that rare, as
     * in {@link RequestUpdate#SQL}.
     */
    static final String TAKE_SQL = StateSql.compose("""
            with place as materialized (
                select waiting.ctid
                from unnest($3::timestamptz[], $4::uuid[]) as front(rank, id)
                cross join lateral (
                    select b.ctid from backlog b
                    where b.kind = $1 and b.not_before is null and b.rank = front.rank and b.id = front.id
                    for update skip locked
                ) waiting
            ), taken as (
                delete from backlog b using place where b.ctid = place.ctid returning b.id, b.rank
            ), queued as (
                update request r set state = {QUEUED}, dispatched = true, dispatch = r.dispatch + 1, delivery = 0,
                    ordinal = 0, seq = r.seq + 1, updated_at = $2::timestamptz,
                    queued_at = coalesce(r.queued_at, $2::timestamptz),
                    dispatched_at = $2::timestamptz, gateway = $5::uuid, processor = null
                from taken t where r.id = t.id and r.id = any($4::uuid[]) and not r.dispatched
                    and r.state + 0 <= {LAST_OPEN}
                returning r.id, t.rank, r.client, r.seq, r.dispatch, r.attempt, r.max_attempts, r.cost, r.alone,
                    r.timeout_ms, r.created_at, r.traceparent, r.crashes, r.expires_at
            ), logged as (
                insert into request_log (id, first_seq, last_seq, dispatch, delivery, ordinal, events)
                select id, seq, seq, dispatch, 0, 0, convert_to('[{"seq":' || seq || ',"at":"'
                    || to_char($2::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                    || '","type":"queued","data":{"dispatch":' || dispatch || '}}]', 'UTF8')
                from queued where dispatch > 1
                on conflict do nothing
            )
            select q.id, q.rank, q.client, q.seq, q.dispatch, q.attempt, q.max_attempts, q.cost, q.alone,
                q.timeout_ms, q.created_at, q.traceparent, p.content_type, p.body, q.crashes, q.expires_at
            from queued q join request_payload p on p.id = q.id and p.id = any($4::uuid[])""");

    static final String NEXT_DUE_SQL = """
            select not_before from backlog where kind = $1 and not_before is not null
            order by kind, not_before, id limit 1""";

    private final Database database;
    private final DispatchedSnapshots copies;
    private final Clock clock;

    Backlog(Database database, DispatchedSnapshots copies, Clock clock) {
        this.database = database;
        this.copies = copies;
        this.clock = clock;
    }

    /** A place in the order of a kind's backlog. */
    public record Place(Instant rank, UUID id, int bytes) implements Comparable<Place> {

        /** Before all others. */
        public static final Place START = before(Instant.EPOCH);

        /** Before all places of this rank and behind those of lower ranks. */
        public static Place before(Instant rank) {
            return new Place(rank, new UUID(0, 0), 0);
        }

        /** By rank, then by id. */
        @Override
        public int compareTo(Place other) {
            return BY_RANK.compare(this, other);
        }
    }

    /** Postgres compares the bytes of an id, as the text of the id does. */
    private static final Comparator<Place> BY_RANK =
            Comparator.comparing(Place::rank).thenComparing(place -> place.id().toString());

    /**
     * The requests of one take.
     *
     * @param requests in order; without those that were canceled while they waited or are held by somebody else, so
     *     there may be none
     * @param looked how many places were looked at; with 0 there was none
     * @param last the last of these places; the place that the look began behind if there was none
     * @param isEnd whether no place lies behind {@code last}
     */
    public record Batch(List<DispatchedRequest> requests, int looked, Place last, boolean isEnd) {

        /** Whether each place that was looked at gave its request. */
        public boolean isWhole() {
            return requests.size() == looked;
        }
    }

    /**
     * Lets places enter the order whose {@code notBefore} has come, at most {@code max}, the longest due first. A
     * request that returns keeps its rank, so it enters before younger ones.
     *
     * @return the places that entered, in no order
     */
    public Mono<List<Place>> enterDue(String kind, int max) {
        Instant now = clock.instant();
        return database.query(ENTER_SQL, statement -> bindEnter(statement, kind, now, max), Backlog::place);
    }

    static void bindEnter(Statement statement, String kind, Instant now, int max) {
        statement.bind("$1", kind).bind("$2", now).bind("$3", max);
    }

    /**
     * Takes up to {@code max} requests of a kind that are in order, the lowest rank first, and makes them QUEUED by
     * {@code gateway} in one transaction. The caller publishes them after the commit. Several gateways may call at
     * once; none gets another's rows, none waits for another.
     *
     * @param after the place behind which the look begins. The entries of taken places cost time until Postgres vacuums
     *     them. So a caller begins where its last batch ended, and now and then before that, for places that were
     *     written late or locked
     * @param maxBytes payload bytes in all; at least one place is looked at
     * @return {@link UncertainTakeException} if it is not known whether the requests that it names were taken
     */
    public Mono<Batch> dispatch(String kind, UUID gateway, Place after, int max, long maxBytes) {
        return front(kind, after, max).flatMap(front -> {
            List<Place> fitting = fitting(front, maxBytes);
            boolean isEnd = front.size() < max && fitting.size() == front.size();
            return fitting.isEmpty()
                    ? Mono.just(new Batch(List.of(), 0, after, true))
                    : take(kind, gateway, fitting)
                            .map(taken -> new Batch(taken, fitting.size(), fitting.getLast(), isEnd));
        });
    }

    private Mono<List<Place>> front(String kind, Place after, int max) {
        return database.query(FRONT_SQL, statement -> bindFront(statement, kind, after, max), Backlog::place);
    }

    static void bindFront(Statement statement, String kind, Place after, int max) {
        statement.bind("$1", kind).bind("$2", after.rank()).bind("$3", after.id());
        statement.bind("$4", max);
    }

    static Place place(Row row) {
        return new Place(Columns.instant(row, 0), Columns.id(row, 1).value(), Columns.integer(row, 2));
    }

    private Mono<List<DispatchedRequest>> take(String kind, UUID gateway, List<Place> front) {
        Instant now = clock.instant();
        return database.query(
                        TAKE_SQL,
                        statement -> bindTake(statement, kind, gateway, now, front),
                        row -> new Ranked(Columns.instant(row, 1), dispatched(kind, row), snapshot(kind, row)))
                .doOnNext(taken ->
                        copies.dispatched(taken.stream().map(Ranked::snapshot).toList()))
                .map(Backlog::inOrder)
                .onErrorMap(
                        StoreUnavailableException.class, lost -> lost.isUncertain() ? uncertain(front, lost) : lost);
    }

    private static UncertainTakeException uncertain(List<Place> front, StoreUnavailableException unknown) {
        return new UncertainTakeException(
                front.stream().map(Place::id).map(RequestId::new).toList(), unknown);
    }

    static void bindTake(Statement statement, String kind, UUID gateway, Instant now, List<Place> front) {
        statement.bind("$1", kind).bind("$2", now);
        statement.bind("$3", front.stream().map(Place::rank).toArray(Instant[]::new));
        statement.bind("$4", front.stream().map(Place::id).toArray(UUID[]::new));
        statement.bind("$5", gateway);
    }

    /** As many from the start as fit, at least one if there is one. */
    private static List<Place> fitting(List<Place> front, long maxBytes) {
        long bytes = 0;
        int count = 0;
        for (Place place : front) {
            bytes += place.bytes();
            if (count > 0 && bytes > maxBytes) {
                break;
            }
            count++;
        }
        return front.subList(0, count);
    }

    /** When the first of the places that wait apart is due; empty if none does. */
    public Mono<Instant> nextDue(String kind) {
        return database.query(NEXT_DUE_SQL, statement -> statement.bind("$1", kind), row -> Columns.instant(row, 0))
                .flatMap(rows -> Mono.justOrEmpty(rows.stream().findFirst()));
    }

    private record Ranked(Instant rank, DispatchedRequest request, RequestSnapshot snapshot) {}

    private static List<DispatchedRequest> inOrder(List<Ranked> taken) {
        return taken.stream()
                .sorted(Comparator.comparing(Ranked::rank)
                        .thenComparing(ranked -> ranked.request().item().id()))
                .map(Ranked::request)
                .toList();
    }

    private static DispatchedRequest dispatched(String kind, Row row) {
        WorkItem item = new WorkItem(
                Columns.id(row, 0),
                Columns.integer(row, 4),
                Columns.integer(row, 5) + 1,
                Columns.integer(row, 6),
                Columns.integer(row, 7),
                Columns.bool(row, 8),
                Duration.ofMillis(Columns.bigint(row, 9)),
                Columns.instant(row, 10),
                Columns.textOrNull(row, 11),
                new Payload(Columns.text(row, 12), Columns.bytes(row, 13)));
        return new DispatchedRequest(Columns.client(row, 2), kind, Columns.integer(row, 3), item);
    }

    private static RequestSnapshot snapshot(String kind, Row row) {
        return new RequestSnapshot(
                Columns.id(row, 0),
                Columns.client(row, 2),
                kind,
                RequestState.QUEUED,
                new Fence(Columns.integer(row, 4), 0),
                0,
                Columns.integer(row, 3),
                Columns.integer(row, 5),
                Columns.integer(row, 6),
                Columns.integer(row, 14),
                Columns.bool(row, 8),
                null,
                Columns.instant(row, 15));
    }
}
