package dev.sluice.gateway.store;

import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.gateway.store.postgres.SqlErrors;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Statement;
import java.time.LocalDate;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Drops a day: table by table, each statement a transaction of its own.
 *
 * <p>To drop an attached table locks its parent, and to drop four of them in one transaction holds one parent while it
 * waits for the next. Writers lock the same parents in orders of their own: an insert takes payloads before requests, a
 * change requests before payloads. No order suits both. So each table is first detached concurrently. A concurrent
 * detach makes no writer wait, and no lock is held between two tables.
 *
 * <p>The day is marked as dropped before its first table goes, so that its requests answer 410 all the time. A removal
 * that was given up or died is ended by the next call. Safe with several gateways at once: one removes, the others
 * leave it to that one.
 */
final class DayRemover {

    private static final Logger log = LoggerFactory.getLogger(DayRemover.class);

    private static final List<String> PARENTS = List.of("request", "request_result", "request_log", "request_payload");

    /**
     * Whether a request of a day is out or waits. Requests that are done are not read: requests that are out have an
     * index of their own, and those that wait are in the backlog, which has one index for the order and one for the
     * places apart. One statement and so one snapshot, because a request may go from one to the other. The requests are
     * counted: a search for the first of them would read the day by its key where old statistics say that many of it
     * are out.
     */
    static final String OPEN_SQL = """
            select (select count(*) from request where dispatched
                    and id >= sluice_first_id($1::date::timestamp at time zone 'UTC')
                    and id < sluice_first_id(($1::date + 1)::timestamp at time zone 'UTC')) > 0
                or exists (select from backlog where not_before is null
                    and id >= sluice_first_id($1::date::timestamp at time zone 'UTC')
                    and id < sluice_first_id(($1::date + 1)::timestamp at time zone 'UTC'))
                or exists (select from backlog where not_before is not null
                    and id >= sluice_first_id($1::date::timestamp at time zone 'UTC')
                    and id < sluice_first_id(($1::date + 1)::timestamp at time zone 'UTC'))""";

    private static final String MARK_SQL =
            "update request_day set dropped_at = now() where day = $1::date and dropped_at is null";

    /** How far a table is; no row once it is dropped. */
    private static final String PART_SQL = """
            select case when i.inhrelid is null then 'DETACHED'
                when i.inhdetachpending then 'DETACHING' else 'ATTACHED' end
            from pg_class c left join pg_inherits i on i.inhrelid = c.oid where c.oid = to_regclass($1::text)""";

    /** Two detaches at once would abort each other. */
    private static final String TRY_LOCK_SQL = "select pg_try_advisory_lock(hashtext('sluice_remove_day'))";

    private static final String UNLOCK_SQL = "select pg_advisory_unlock(hashtext('sluice_remove_day'))";

    private final Database database;

    /** What has happened to one table of a day. */
    private enum Part {
        ATTACHED,
        /** Its detach was given up: readers do not see it any more, and its end is still to come. */
        DETACHING,
        DETACHED
    }

    DayRemover(Database database) {
        this.database = database;
    }

    /** Drops {@code day}; false if something of it is open or others are in the way: then it is tried again later. */
    Mono<Boolean> removeUnlessOpen(LocalDate day) {
        return isOpen(day).flatMap(open -> open ? Mono.just(false) : remove(day));
    }

    /** Drops the tables of a day that is marked as dropped, or will be; false if others were in the way. */
    Mono<Boolean> remove(LocalDate day) {
        return database.update(MARK_SQL, statement -> statement.bind("$1", day))
                .thenMany(Flux.fromIterable(PARENTS))
                .concatMap(parent -> removePart(parent, parent + "_" + suffix(day)), 1)
                .all(removed -> removed)
                .doOnNext(removed -> log.atInfo()
                        .addKeyValue("day", day)
                        .addKeyValue("removed", removed)
                        .log("days.drop"))
                .onErrorResume(SqlErrors::isInUse, inUse -> inUse(day, inUse));
    }

    private Mono<Boolean> isOpen(LocalDate day) {
        return database.query(OPEN_SQL, statement -> statement.bind("$1", day), row -> Columns.bool(row, 0))
                .map(List::getFirst);
    }

    private static Mono<Boolean> inUse(LocalDate day, Throwable inUse) {
        log.atInfo()
                .addKeyValue("day", day)
                .addKeyValue("reason", inUse.getMessage())
                .log("days.drop_given_up");
        return Mono.just(false);
    }

    private Mono<Boolean> removePart(String parent, String part) {
        return database.with(connection -> Mono.usingWhen(
                        locked(connection), mine -> detachAndDrop(mine, parent, part), DayRemover::unlock))
                .defaultIfEmpty(false);
    }

    /** The connection, with a time-out for locks; empty if another gateway removes. */
    private static Mono<Connection> locked(Connection connection) {
        return first(connection.createStatement(TRY_LOCK_SQL), Boolean.class)
                .filter(Boolean::booleanValue)
                .flatMap(_ -> run(connection, "set lock_timeout = '1s'").thenReturn(connection));
    }

    /** The connection goes back to the pool, so it must be as it was. */
    private static Mono<Void> unlock(Connection connection) {
        return run(connection, "reset lock_timeout")
                .then(first(connection.createStatement(UNLOCK_SQL), Boolean.class))
                .then();
    }

    private static Mono<Boolean> detachAndDrop(Connection connection, String parent, String part) {
        return first(connection.createStatement(PART_SQL).bind("$1", part), String.class)
                .flatMapIterable(found -> statements(Part.valueOf(found), parent, part))
                .concatMap(sql -> run(connection, sql), 1)
                .then(Mono.just(true));
    }

    private static List<String> statements(Part found, String parent, String part) {
        String detach = "alter table %s detach partition %s ".formatted(parent, part);
        String drop = "drop table " + part;
        return switch (found) {
            case ATTACHED -> List.of(detach + "concurrently", drop);
            case DETACHING -> List.of(detach + "finalize", drop);
            case DETACHED -> List.of(drop);
        };
    }

    private static <T> Mono<T> first(Statement statement, Class<T> type) {
        return Flux.from(statement.execute())
                .concatMap(result -> result.map((row, _) -> row.get(0, type)), 1)
                .singleOrEmpty();
    }

    private static Mono<Void> run(Connection connection, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.getRowsUpdated(), 1)
                .then();
    }

    private static String suffix(LocalDate day) {
        return day.toString().replace("-", "");
    }
}
