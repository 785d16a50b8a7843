package dev.sluice.gateway.store;

import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Deletes payloads and results of requests whose kind's retention is over while their day stays for a kind that keeps
 * longer. Their rows and logs stay until the day is dropped.
 *
 * <p>All kinds that are due go through a day together, once, because no index has the kinds of a day. A pass takes
 * chunks in the order of the ids and keeps its place in {@code request_erased}, in the statement that deletes. It
 * leaves open requests, and done ones whose own {@code expires_at} is ahead: their retention was shortened after they
 * were accepted. Then another pass follows, once none of the kind is open in that day and the last of those times is
 * over; else none does.
 *
 * <p>Safe with several gateways at once: a chunk counts only for kinds whose place is still where the chunk begins, so
 * one gateway goes on and the others leave it to that one.
 */
public final class KindEraser {

    private static final Logger log = LoggerFactory.getLogger(KindEraser.class);

    /** A run shares its thread of sweeps with those that look for lost requests, so it ends soon. */
    private static final int MAX_CHUNKS = 16;

    static final int MAX_ROWS = 2_000;

    /** Payloads and results of one chunk, so that large ones are deleted within the statement time-out as well. */
    private static final long MAX_BYTES = 64L << 20;

    /**
     * Kinds with work in a day, grouped by the place from which they go on. Ranks only limit how much of a backlog is
     * read: a place that is missed costs one more pass.
     */
    static final String DUE_SQL = """
            select to_char(d.day, 'YYYY-MM-DD'),
                coalesce(e.last_id, sluice_first_id(d.day::timestamp at time zone 'UTC')) as after,
                string_agg(k.kind, ',' order by k.kind)
            from request_day d
            cross join unnest($1::text[], $2::bigint[]) as k(kind, retention_ms)
            left join request_erased e on e.day = d.day and e.kind = k.kind
            where d.dropped_at is null and e.erased_at is null
                and d.day < ((now() - k.retention_ms * interval '1 millisecond') at time zone 'UTC')::date
                and (e.last_id is not null or (
                    (e.keep_until is null or e.keep_until <= now())
                    and case when e.open then
                        (select count(*) from request r where r.dispatched and r.kind = k.kind
                            and r.id >= sluice_first_id(d.day::timestamp at time zone 'UTC')
                            and r.id < sluice_first_id((d.day + 1)::timestamp at time zone 'UTC')) = 0
                        and not exists (select from backlog b where b.kind = k.kind and b.not_before is null
                            and b.rank >= (d.day - 1)::timestamp at time zone 'UTC'
                            and b.rank < (d.day + 2)::timestamp at time zone 'UTC'
                            and b.id >= sluice_first_id(d.day::timestamp at time zone 'UTC')
                            and b.id < sluice_first_id((d.day + 1)::timestamp at time zone 'UTC'))
                        and not exists (select from backlog b where b.kind = k.kind and b.not_before is not null
                            and b.id >= sluice_first_id(d.day::timestamp at time zone 'UTC')
                            and b.id < sluice_first_id((d.day + 1)::timestamp at time zone 'UTC'))
                    else true end))
            group by d.day, after
            order by d.day, after""";

    /**
     * One chunk: reads on from a place, moves the place, and deletes for the kinds whose place it moved. A chunk
     * without rows ends the pass. The sizes are those in the rows: nothing large is read.
     */
    static final String CHUNK_SQL = StateSql.compose("""
            with page as materialized (
                select r.id, r.kind, r.kind = any($2::text[]) as due, r.state in ({DONE}) as done, r.expires_at,
                    r.kind = any($2::text[]) and r.state in ({DONE}) and r.expires_at <= now() as ended
                from request r
                where r.id > $3::uuid and r.id < sluice_first_id(($1::date + 1)::timestamp at time zone 'UTC')
                order by r.id limit $4::int
            ), weighed as (
                select page.*, sum(case when ended then
                        coalesce((select octet_length(p.body) from request_payload p where p.id = page.id
                            and p.id > $3::uuid
                            and p.id < sluice_first_id(($1::date + 1)::timestamp at time zone 'UTC')), 0)
                        + coalesce((select octet_length(s.body) from request_result s where s.id = page.id
                            and s.id > $3::uuid
                            and s.id < sluice_first_id(($1::date + 1)::timestamp at time zone 'UTC')), 0)
                    else 0 end) over (order by id rows between unbounded preceding and 1 preceding) as bytes_before
                from page
            ), chunk as materialized (
                select * from weighed where coalesce(bytes_before, 0) < $5::bigint
            ), seen as (
                select kind, bool_or(not done) as open,
                    max(expires_at) filter (where done and expires_at > now()) as keep_until
                from chunk where due group by kind
            ), moved as (
                insert into request_erased as e (day, kind, last_id, open, keep_until, erased_at)
                select $1::date, k.kind, (select id from chunk order by id desc limit 1), coalesce(seen.open, false),
                    seen.keep_until, case when not exists (select from chunk) then now() end
                from unnest($2::text[]) as k(kind) left join seen on seen.kind = k.kind
                order by k.kind
                on conflict (day, kind) do update set
                    last_id = excluded.last_id,
                    open = excluded.open or (e.last_id is not null and e.open),
                    keep_until = greatest(excluded.keep_until, case when e.last_id is not null then e.keep_until end),
                    erased_at = case when e.last_id is null or not (e.open or e.keep_until is not null)
                        then excluded.erased_at end
                where e.erased_at is null
                    and coalesce(e.last_id, sluice_first_id($1::date::timestamp at time zone 'UTC')) = $3::uuid
                returning kind
            ), ended as materialized (
                select id from chunk where ended and kind in (select kind from moved)
            ), payloads as (
                delete from request_payload p where p.id = any(array(select id from ended))
                    and p.id > $3::uuid and p.id < sluice_first_id(($1::date + 1)::timestamp at time zone 'UTC')
                returning 1
            ), results as (
                delete from request_result s where s.id = any(array(select id from ended))
                    and s.id > $3::uuid and s.id < sluice_first_id(($1::date + 1)::timestamp at time zone 'UTC')
                returning 1
            )
            select (select id from chunk order by id desc limit 1), (select count(*) from moved),
                (select count(*) from payloads), (select count(*) from results)""");

    /** Of days that are not there any more. */
    private static final String FORGET_SQL = """
            delete from request_erased e using request_day d where d.day = e.day and d.dropped_at is not null""";

    private final Database database;
    private final int maxRows;
    private final long maxBytes;

    /** Where kinds that are due go on in a day. */
    record Pass(LocalDate day, UUID after, List<String> kinds) {

        Pass from(UUID place) {
            return new Pass(day, place, kinds);
        }
    }

    /**
     * What one statement did.
     *
     * @param next null if the day ended, or another gateway is at it
     */
    private record Chunk(@Nullable Pass next, long payloads, long results) {}

    public KindEraser(Database database) {
        this(database, MAX_ROWS, MAX_BYTES);
    }

    /**
     * @param maxRows of a chunk, of all kinds
     * @param maxBytes of a chunk's payloads and results, but for its last request
     */
    KindEraser(Database database, int maxRows, long maxBytes) {
        this.database = database;
        this.maxRows = maxRows;
        this.maxBytes = maxBytes;
    }

    /**
     * Goes on with what is due, a limited number of chunks.
     *
     * @param retentions by kind; requests of other kinds stay as they are until their day is dropped
     * @return whether there may be more to do at once
     */
    public Mono<Boolean> erase(Map<String, Duration> retentions) {
        return database.update(FORGET_SQL, _ -> {})
                .then(Mono.defer(() -> due(retentions)))
                .flatMapIterable(passes -> passes)
                .concatMap(this::chunks, 1)
                .take(MAX_CHUNKS)
                .count()
                .map(count -> count == MAX_CHUNKS);
    }

    private Mono<List<Pass>> due(Map<String, Duration> retentions) {
        List<String> kinds = List.copyOf(retentions.keySet());
        long[] retentionsMs = kinds.stream()
                .mapToLong(kind -> retentions.getOrDefault(kind, Duration.ZERO).toMillis())
                .toArray();
        return database.query(
                DUE_SQL,
                statement -> statement.bind("$1", kinds.toArray(String[]::new)).bind("$2", retentionsMs),
                KindEraser::pass);
    }

    private Flux<Chunk> chunks(Pass pass) {
        return chunk(pass).expand(done -> done.next == null ? Mono.empty() : chunk(done.next));
    }

    private Mono<Chunk> chunk(Pass pass) {
        return database.query(CHUNK_SQL, statement -> bind(statement, pass), row -> chunk(pass, row))
                .map(List::getFirst);
    }

    void bind(Statement statement, Pass pass) {
        statement
                .bind("$1", pass.day)
                .bind("$2", pass.kinds.toArray(String[]::new))
                .bind("$3", pass.after)
                .bind("$4", maxRows)
                .bind("$5", maxBytes);
    }

    private static Pass pass(Row row) {
        return new Pass(
                LocalDate.parse(Columns.text(row, 0)),
                Columns.uuid(row, 1),
                List.of(Columns.text(row, 2).split(",")));
    }

    private static Chunk chunk(Pass pass, Row row) {
        UUID last = Columns.uuidOrNull(row, 0);
        boolean alone = Columns.bigint(row, 1) == pass.kinds.size();
        Chunk chunk = new Chunk(
                last == null || !alone ? null : pass.from(last), Columns.bigint(row, 2), Columns.bigint(row, 3));
        if (chunk.payloads + chunk.results > 0) {
            log.atDebug()
                    .addKeyValue("day", pass.day)
                    .addKeyValue("payloads", chunk.payloads)
                    .addKeyValue("results", chunk.results)
                    .log("outcomes.erased");
        }
        return chunk;
    }
}
