package dev.sluice.gateway.store;

import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.message.RequestId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The days (UTC) that requests are kept by: created ahead, dropped whole when nothing of them is open or still to be kept.
 *
 * <p>Safe with several gateways at once: the functions in the schema take an advisory lock and do nothing twice.
 */
public final class Days {

    private static final Logger log = LoggerFactory.getLogger(Days.class);

    private static final int DAYS_AHEAD = 7;

    private static final String KEPT_SQL = "select to_char(day, 'YYYY-MM-DD'), dropped_at is null from request_day";

    private final Database database;
    private final Clock clock;
    private volatile Known known = new Known(new TreeSet<>(), new TreeSet<>());

    /** Days that are there, and all that ever were. */
    private record Known(TreeSet<LocalDate> kept, TreeSet<LocalDate> ever) {}

    private record Day(LocalDate date, boolean kept) {}

    public Days(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Creates what is missing from yesterday, for a clock that is behind, to 7 days ahead, and looks what is there. */
    public Mono<Void> create() {
        LocalDate today = today();
        return Flux.fromStream(IntStream.rangeClosed(-1, DAYS_AHEAD).mapToObj(today::plusDays))
                .filter(day -> !known.ever.contains(day))
                .concatMap(this::create, 1)
                .then(refresh());
    }

    /**
     * Drops the days that ended more than {@code retention} ago and hold no open request.
     *
     * @return how many are older than that and are kept because of open requests
     */
    public Mono<Integer> drop(Duration retention) {
        LocalDate limit = LocalDate.ofInstant(clock.instant().minus(retention), ZoneOffset.UTC);
        List<LocalDate> old = List.copyOf(known.kept.headSet(limit));
        return Flux.fromIterable(old)
                .concatMap(this::dropUnlessOpen, 1)
                .filter(dropped -> !dropped)
                .count()
                .flatMap(keptBack -> refresh().thenReturn(keptBack.intValue()));
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
        return database.query(
                        KEPT_SQL, _ -> {}, row -> new Day(LocalDate.parse(Columns.text(row, 0)), Columns.bool(row, 1)))
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

    private Mono<Boolean> dropUnlessOpen(LocalDate day) {
        String sql = StateSql.compose("select not exists (select from request_%s where state in ({OPEN}))")
                .formatted(day.toString().replace("-", ""));
        return database.query(sql, _ -> {}, row -> Columns.bool(row, 0))
                .flatMap(free -> free.getFirst() ? drop(day).thenReturn(true) : Mono.just(false));
    }

    private Mono<Void> drop(LocalDate day) {
        return database.query("select sluice_drop_day($1::date)", statement -> statement.bind("$1", day), _ -> day)
                .doOnNext(_ -> log.atInfo().addKeyValue("day", day).log("days.drop"))
                .then();
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
