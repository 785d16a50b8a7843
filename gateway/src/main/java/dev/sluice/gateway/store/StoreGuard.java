package dev.sluice.gateway.store;

import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.migrations.Migrations;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Looks again and again whether this Postgres may be trusted with requests: it has our schema, does not forget commits,
 * and has days for new requests. Creates missing days, and reads Postgres' clock, on the way. Thread-safe.
 */
public final class StoreGuard {

    private static final Logger log = LoggerFactory.getLogger(StoreGuard.class);

    private static final Duration PERIOD = Duration.ofSeconds(5);

    /** It looks more often while there are objections, because callers wait. */
    private static final Duration IMPATIENT = Duration.ofMillis(500);

    private static final Duration USABLE_POLL = Duration.ofMillis(20);

    /**
     * A gateway that cannot reach its Postgres at start goes on and is not ready: something may still be on its way.
     */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(5);

    private static final String DURABILITY_SQL = """
            select current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
                   current_setting('synchronous_commit') as synchronous_commit,
                   to_regclass('%s') is not null
            """.formatted(Migrations.HISTORY_TABLE);

    private static final String VERSION_SQL = """
            select coalesce(max(version::integer), 0), clock_timestamp() from %s where success
            """.formatted(Migrations.HISTORY_TABLE);

    private final Database database;
    private final Days days;
    private final StoreClock clock;
    private final Scheduler scheduler;
    private final Disposable.Swap looking = Disposables.swap();
    private volatile List<String> objections = List.of("Postgres was not looked at yet");

    StoreGuard(Database database, Days days, StoreClock clock, Scheduler scheduler) {
        this.database = database;
        this.days = days;
        this.clock = clock;
        this.scheduler = scheduler;
    }

    /** Why this Postgres may not be used now; nothing if it may. */
    List<String> objections() {
        return objections;
    }

    /** Completes as soon as there are no objections. */
    public Mono<Void> usable() {
        return Flux.interval(Duration.ZERO, USABLE_POLL, scheduler)
                .onBackpressureDrop()
                .filter(_ -> objections.isEmpty())
                .next()
                .then();
    }

    int daysAhead() {
        return days.ahead();
    }

    /** Looks once, then regularly. */
    Mono<Void> start() {
        return look().timeout(FIRST_LOOK, Mono.empty(), scheduler).doFinally(_ -> looking.update(lookRegularly()));
    }

    Mono<Void> stop() {
        return Mono.fromRunnable(looking::dispose);
    }

    private Disposable lookRegularly() {
        return Mono.defer(() -> Mono.delay(objections.isEmpty() ? PERIOD : IMPATIENT, scheduler))
                .then(look())
                .repeat()
                .subscribe();
    }

    private Mono<Void> look() {
        return Mono.defer(this::found)
                .onErrorResume(IllegalStateException.class, e -> Mono.just(List.of(String.valueOf(e.getMessage()))))
                .onErrorResume(StoreUnavailableException.class, e -> Mono.just(List.of(String.valueOf(e.getMessage()))))
                .onErrorResume(R2dbcException.class, e -> Mono.just(List.of("Postgres refused: " + e.getMessage())))
                .doOnNext(this::note)
                .then();
    }

    private Mono<List<String>> found() {
        return database.query(DURABILITY_SQL, _ -> {}, StoreGuard::forgetful)
                .map(List::getFirst)
                .flatMap(found -> found.isEmpty() ? version() : Mono.just(found));
    }

    /** The second statement: a connection is there, so that the clock is read as fast as may be. */
    private Mono<List<String>> version() {
        return Mono.defer(() -> {
            long begun = clock.beginReading();
            return database.query(VERSION_SQL, _ -> {}, row -> version(row, begun))
                    .map(List::getFirst)
                    .flatMap(version -> version < Migrations.VERSION ? Mono.just(tooOld(version)) : daysAreThere());
        });
    }

    private int version(Row row, long begun) {
        clock.read(Columns.instant(row, 1), begun);
        return Columns.integer(row, 0);
    }

    /** A day ahead that cannot be created is no objection yet; a missing day of today or tomorrow is. */
    private Mono<List<String>> daysAreThere() {
        return days.create()
                .onErrorResume(R2dbcException.class, this::notCreated)
                .then(Mono.fromSupplier(() -> days.missing().stream()
                        .map(day -> "there is no partition for " + day)
                        .toList()));
    }

    private Mono<Void> notCreated(R2dbcException refused) {
        log.atWarn()
                .addKeyValue("ahead", days.ahead())
                .addKeyValue("reason", refused.getMessage())
                .log("days.not_created");
        return days.refresh();
    }

    private static List<String> forgetful(Row row) {
        List<String> found = new ArrayList<>();
        for (int column = 0; column < 3; column++) {
            if ("off".equals(row.get(column, String.class))) {
                found.add(row.getMetadata().getColumnMetadata(column).getName() + " is off: commits may be forgotten");
            }
        }
        if (!Boolean.TRUE.equals(row.get(3, Boolean.class))) {
            found.add("there is no schema of Sluice; run `./sluice migrate`");
        }
        return found;
    }

    private static List<String> tooOld(int version) {
        return List.of("the schema has version " + version + ", this gateway needs " + Migrations.VERSION
                + "; run `./sluice migrate`");
    }

    private void note(List<String> found) {
        if (!found.equals(objections)) {
            log.atLevel(found.isEmpty() ? org.slf4j.event.Level.INFO : org.slf4j.event.Level.WARN)
                    .addKeyValue("objections", found)
                    .log(found.isEmpty() ? "store.ready" : "store.not_ready");
        }
        objections = found;
    }
}
