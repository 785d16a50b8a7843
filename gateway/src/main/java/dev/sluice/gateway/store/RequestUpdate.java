package dev.sluice.gateway.store;

import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.message.RequestId;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * The statements that read snapshots and write their changes. They name their ids as {@code = any(…)} of each table:
 * when it plans, Postgres then leaves out the days that none of them is in, and expects as many rows as there are ids.
 * (Postgres estimates one row for a range of ids, and reads all rows in the range.)
 */
final class RequestUpdate {

    private static final String SNAPSHOT = """
            r.id, r.client, r.kind, r.state, r.dispatch, r.delivery, r.ordinal, r.seq, r.attempt, r.max_attempts,
            r.crashes, r.alone, r.processor, r.expires_at""";

    static final String SELECT_SQL = "select " + SNAPSHOT + " from request r where r.id = any($1::uuid[])";

    /**
     * The statement up to its result. One statement, one transaction: a row is written only if its seq is still the one
     * that was read, and its log, result and place in the backlog only with it.
     *
     * <p>{@code state + 0} hides the column's statistics: most requests are done, so Postgres would expect one row of a
     * batch to pass, and compare each row with each of the batch instead of joining by hash (12.6 against 5.0 ms at 256
     * rows).
     */
    private static final String WRITES = """
            with updated as (
                update request r set
                    state = i.state, dispatched = i.state in ({DISPATCHED}), dispatch = i.dispatch,
                    delivery = i.delivery,
                    ordinal = i.ordinal, seq = i.seq, attempt = i.attempt, crashes = i.crashes, alone = i.alone,
                    processor = i.processor, updated_at = $20::timestamptz,
                    done_at = case when i.state in ({DONE}) then $20::timestamptz end,
                    not_before = coalesce(i.not_before, r.not_before),
                    failure_attempt = case when i.failure_code is null then r.failure_attempt else i.attempt end,
                    failure_class = coalesce(i.failure_class, r.failure_class),
                    failure_code = coalesce(i.failure_code, r.failure_code),
                    failure_title = coalesce(i.failure_title, r.failure_title),
                    failure_detail = coalesce(i.failure_detail, r.failure_detail)
                from unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[],
                    $8::int[], $9::int[], $10::boolean[], $11::uuid[], $12::text[], $13::text[], $14::text[],
                    $15::text[], $16::bytea[], $17::timestamptz[], $18::text[], $19::bytea[])
                as i(id, old_seq, state, dispatch, delivery, ordinal, seq, attempt, crashes, alone, processor,
                    failure_class, failure_code, failure_title, failure_detail, events, not_before, result_type, result)
                where r.id = i.id and r.id = any($1::uuid[]) and r.seq = i.old_seq and r.state + 0 <= {LAST_OPEN}
                returning r.id, r.kind, r.client, r.state, r.created_at as rank, r.not_before as last_not_before,
                    i.old_seq, i.seq, i.dispatch, i.delivery, i.ordinal, i.events, i.not_before, i.result_type, i.result
            ), logged as (
                insert into request_log (id, first_seq, last_seq, dispatch, delivery, ordinal, events)
                select id, old_seq + 1, seq, dispatch, delivery, ordinal, events from updated
                on conflict do nothing
            ), resulted as (
                insert into request_result (id, content_type, body)
                select id, result_type, result from updated where result_type is not null
                on conflict do nothing
            ), waiting as (
                insert into backlog (kind, rank, not_before, id, client, bytes)
                select u.kind, u.rank, u.not_before, u.id, u.client, coalesce((select octet_length(p.body)
                    from request_payload p where p.id = u.id and p.id = any($1::uuid[])), 0)
                from updated u where u.not_before is not null
                on conflict do nothing
            )""";

    private static final String RESULT = " select id from updated";

    /**
     * Frees the places of requests that were canceled while they waited, in order or apart. The places of the others
     * went when they were dispatched, so their keys find nothing. A dispatch may hold a place while it waits for our
     * request. To wait for it would be a deadlock, and it deletes the place itself.
     */
    private static final String FREED = """
            , in_order as materialized (
                select waiting.ctid from updated u
                cross join lateral (
                    select b.ctid from backlog b
                    where b.kind = u.kind and b.not_before is null and b.rank = u.rank and b.id = u.id
                    for update skip locked
                ) waiting
                where u.state = {CANCELED}
            ), apart as materialized (
                select waiting.ctid from updated u
                cross join lateral (
                    select b.ctid from backlog b
                    where b.kind = u.kind and b.not_before = u.last_not_before and b.id = u.id
                    for update skip locked
                ) waiting
                where u.state = {CANCELED}
            ), freed as (
                delete from backlog b using (select ctid from in_order union all select ctid from apart) p
                where b.ctid = p.ctid
            )""";

    /** Of changes that cancel no request that waits. Gives the ids that were written. */
    static final String SQL = StateSql.compose(WRITES + RESULT);

    /** The same for other changes; apart, because even a delete of nothing costs its trigger. */
    static final String CANCEL_SQL = StateSql.compose(WRITES + FREED + RESULT);

    /** The statement for these changes. */
    static String sql(List<RequestChange> changes) {
        return changes.stream().anyMatch(RequestUpdate::leavesItsPlace) ? CANCEL_SQL : SQL;
    }

    private static boolean leavesItsPlace(RequestChange change) {
        return change.before().state().isWaiting() && change.after().state().isDone();
    }

    static void bindIds(Statement statement, List<RequestId> ids) {
        statement.bind("$1", ids.stream().map(RequestId::value).toArray(UUID[]::new));
    }

    static RequestSnapshot snapshot(Row row) {
        return new RequestSnapshot(
                Columns.id(row, 0),
                Columns.client(row, 1),
                Columns.text(row, 2),
                Columns.state(row, 3),
                Columns.fence(row, 4),
                Columns.integer(row, 6),
                Columns.integer(row, 7),
                Columns.integer(row, 8),
                Columns.integer(row, 9),
                Columns.integer(row, 10),
                Columns.bool(row, 11),
                Columns.uuidOrNull(row, 12),
                Columns.instant(row, 13));
    }

    static void bind(Statement statement, List<RequestChange> changes, Instant now) {
        UpdateRows rows = new UpdateRows(changes);
        statement.bind("$1", rows.ids).bind("$2", rows.oldSeqs).bind("$3", rows.states);
        statement.bind("$4", rows.dispatches).bind("$5", rows.deliveries).bind("$6", rows.ordinals);
        statement.bind("$7", rows.seqs).bind("$8", rows.attempts).bind("$9", rows.crashes);
        statement.bind("$10", rows.alone).bind("$11", rows.processors).bind("$12", rows.failureClasses);
        statement.bind("$13", rows.failureCodes).bind("$14", rows.failureTitles).bind("$15", rows.failureDetails);
        statement.bind("$16", rows.events).bind("$17", rows.notBefores).bind("$18", rows.resultTypes);
        statement.bind("$19", rows.results).bind("$20", now);
    }

    private RequestUpdate() {}
}
