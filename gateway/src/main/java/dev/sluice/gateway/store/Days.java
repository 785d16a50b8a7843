package dev.sluice.gateway.store;

import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.message.RequestId;
import io.r2dbc.spi.Row;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The days (UTC) that requests are kept by: created ahead, dropped whole when nothing of them is open or still to be
 * kept.
 *
 * <p>Postgres says what day it is where days come and go, so that gateways whose clocks differ agree. Whether there is
 * a day for the next requests is asked by {@link StoreClock}, because requests get their ids from that one.
 *
 * <p>Safe with several gateways at once: who creates or removes takes an advisory lock and does nothing twice.
 */
public final class Days {

    private static final Logger log = LoggerFactory.getLogger(Days.class);

    private static final int DAYS_AHEAD = 7;

    private static final String KEPT_SQL = "select to_char(day, 'YYYY-MM-DD'), dropped_at is null from request_day";

    /** Of yesterday, for a clock that is behind, to some days ahead: those that never were. */
    private static final String MISSING_SQL = """
            select to_char(wanted.day, 'YYYY-MM-DD')
            from (select (now() at time zone 'UTC')::date + n as day from generate_series(-1, %d) n) wanted
            where not exists (select from request_day d where d.day = wanted.day)
            order by wanted.day""".formatted(DAYS_AHEAD);

    /** Days that ended long enough ago: those that are kept, and those whose tables are not all dropped yet. */
    private static final String OLD_SQL = """
            select to_char(d.day, 'YYYY-MM-DD'), d.dropped_at is null from request_day d
            where d.day < ((now() - $1::bigint * interval '1 millisecond') at time zone 'UTC')::date
                and (d.dropped_at is null or exists (
                    select from unnest(array['request', 'request_result', 'request_log', 'request_payload']) parent
                    where to_regclass(parent || to_char(d.day, '_YYYYMMDD')) is not null))
            order by d.day""";

    private final Database database;
    private final Clock clock;
    private final DayRemover remover;
    private volatile Known known = new Known(new TreeSet<>(), new TreeSet<>());

    /** Days that are there, and all that ever were. */
    private record Known(TreeSet<LocalDate> kept, TreeSet<LocalDate> ever) {}

    private record Day(LocalDate date, boolean kept) {}

    /** @param removing apart from {@code database}, because a drop may wait long for those who use its tables */
    public Days(Database database, Database removing, Clock clock) {
        this.database = database;
        this.clock = clock;
        remover = new DayRemover(removing);
    }

    /** Creates what is missing from yesterday, for a clock that is behind, to 7 days ahead, and looks what is there. */
    public Mono<Void> create() {
        return database.query(MISSING_SQL, _ -> {}, row -> LocalDate.parse(Columns.text(row, 0)))
                .flatMapIterable(missing -> missing)
                .concatMap(this::create, 1)
                .then(refresh());
    }

    /**
     * Drops the days that ended more than {@code retention} ago and hold no open request, and ends drops that were
     * begun.
     *
     * @return how many are older than that and are still there: because of open requests, or because somebody used
     *     their tables for long
     */
    public Mono<Integer> drop(Duration retention) {
        return database.query(OLD_SQL, statement -> statement.bind("$1", retention.toMillis()), Days::day)
                .flatMapIterable(old -> old)
                .concatMap(day -> day.kept ? remover.removeUnlessOpen(day.date) : remover.remove(day.date), 1)
                .filter(removed -> !removed)
                .count()
                .flatMap(still -> refresh().thenReturn(still.intValue()));
    }

    /** The first of today and tomorrow that is not there: requests of that day could not be kept. */
    public Optional<LocalDate> missing() {
        return Stream.of(today(), today().plusDays(1))
                .filter(day -> !known.kept.contains(day))
                .findFirst();
    }

    /** How many days from tomorrow on are there without a gap; fewer than 3 is a reason to look. */
    public int ahead() {
        LocalDate day = today().plusDays(1);
        int count = 0;
        while (known.kept.contains(day.plusDays(count))) {
            count++;
        }
        return count;
    }

    /** Whether a request of this id may have been kept once and is not any more. */
    boolean isGone(RequestId id) {
        LocalDate day = LocalDate.ofInstant(Instant.ofEpochMilli(id.timeMs()), ZoneOffset.UTC);
        return known.ever.contains(day) && !known.kept.contains(day);
    }

    /** Looks what is there. */
    public Mono<Void> refresh() {
        return database.query(KEPT_SQL, _ -> {}, Days::day)
                .doOnNext(days -> known = known(days))
                .then();
    }

    private Mono<Void> create(LocalDate day) {
        return database.query(
                        "select sluice_create_day($1::date)",
                        statement -> statement.bind("$1", day),
                        row -> Columns.bool(row, 0))
                .filter(created -> created.getFirst())
                .doOnNext(_ -> log.atInfo().addKeyValue("day", day).log("day.created"))
                .then();
    }

    private static Day day(Row row) {
        return new Day(LocalDate.parse(Columns.text(row, 0)), Columns.bool(row, 1));
    }

    private static Known known(List<Day> days) {
        Known now = new Known(new TreeSet<>(), new TreeSet<>());
        days.forEach(day -> {
            now.ever.add(day.date);
            if (day.kept) {
                now.kept.add(day.date);
            }
        });
        return now;
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }
}
