package dev.sluice.gateway.store;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.gateway.store.postgres.DatabasePools;
import dev.sluice.gateway.store.postgres.SqlErrors;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.RequestId;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** The one class that writes requests. Thread-safe; it keeps copies of snapshots, {@link DispatchedSnapshots}. */
public final class RequestStore {

    /** Other writers of a request are cancels and sweeps. A request that lost five rounds is given up. */
    private static final int MAX_ROUNDS = 5;

    /** This class takes rows in the order of their keys, so that it causes no deadlock. A person with a console may. */
    static final Retry CONFLICTS = Retry.max(3)
            .filter(SqlErrors::isConflict)
            .onRetryExhaustedThrow((_, last) ->
                    new StoreUnavailableException("in conflict with others each time", last.failure(), false));

    /** It follows the time-out of the statement itself. Callers wait for both together, at most 5 s. */
    static final Duration LOOKUP_TIMEOUT = Duration.ofSeconds(3);

    static final Duration LOOKUP_PAUSE = Duration.ofMillis(100);

    private final DatabasePools pools;
    private final Database database;
    private final RequestInserts inserts;
    private final DispatchedSnapshots copies;
    private final Clock clock;
    private final ConservationMetrics metrics;

    RequestStore(
            DatabasePools pools,
            ConnectionUse use,
            DispatchedSnapshots copies,
            Clock clock,
            ConservationMetrics metrics) {
        this.pools = pools;
        this.database = pools.of(use);
        this.copies = copies;
        this.clock = clock;
        this.metrics = metrics;
        inserts = new RequestInserts(database, copies, metrics);
    }

    /** The same by the connections of {@code use}. */
    public RequestStore on(ConnectionUse use) {
        return new RequestStore(pools, use, copies, clock, metrics);
    }

    /**
     * Makes new requests durable: all of them in one transaction, in key order. {@link NewRequest#queued} ones become
     * QUEUED by {@code gateway}, the others go to the backlog. If the outcome of the commit is unknown, the ids are
     * looked up and missing rows are inserted again, for 3 more seconds. If Postgres refuses a row, the others are
     * stored without it.
     *
     * @return the ids that are stored, all of them unless Postgres refused some; {@link StoreUnavailableException} if
     *     nothing is known to be stored. A cancel does not stop the write
     */
    public Mono<Set<RequestId>> insert(UUID gateway, List<NewRequest> requests) {
        return inserts.insert(gateway, requests);
    }

    /**
     * Reads the snapshots of {@code ids}, asks {@code decide} for the events of each, and writes log, snapshot, result
     * and backlog in one transaction. Where another writer was faster, that request is read and decided again, at most
     * 5 times. Every change of state except insert and dispatch goes through this method and {@link #changeByCopies}.
     *
     * @param decide pure; called once per known request and round; no events = no change. An event that is no
     *     transition is dropped
     * @return the changes, after the commit; unknown ids are left out. {@link StoreUnavailableException} if it is not
     *     known whether all of it was written: decide again later, a written change is not written twice
     */
    public Mono<List<RequestChange>> change(
            Collection<RequestId> ids, Function<RequestSnapshot, List<RequestEvent>> decide) {
        return ids.isEmpty() ? Mono.just(List.of()) : change(List.copyOf(new HashSet<>(ids)), decide, 1);
    }

    /**
     * As {@link #change}, but reads no snapshot of which this gateway has a copy that gives a change. For changes that
     * are made for each run; the rare ones look at what is stored.
     *
     * @param decide is called a second time where a copy may be old
     */
    public Mono<List<RequestChange>> changeByCopies(
            Collection<RequestId> ids, Function<RequestSnapshot, List<RequestEvent>> decide) {
        return ids.isEmpty()
                ? Mono.just(List.of())
                : written(() -> decidedByCopies(List.copyOf(new HashSet<>(ids)), decide), decide, 1);
    }

    private Mono<List<RequestChange>> change(
            List<RequestId> ids, Function<RequestSnapshot, List<RequestEvent>> decide, int round) {
        return written(() -> snapshots(ids).map(read -> inOrder(changes(read, decide))), decide, round);
    }

    private Mono<List<RequestChange>> written(
            Supplier<Mono<List<RequestChange>>> decided,
            Function<RequestSnapshot, List<RequestEvent>> decide,
            int round) {
        return Mono.defer(decided)
                .flatMap(this::write)
                .flatMap(written -> written.lost().isEmpty()
                        ? Mono.just(written.changes())
                        : changeLost(written.lost(), decide, round).map(more -> concat(written.changes(), more)));
    }

    /** A copy that gives no change may be too old to give one: such a request is read, like one without a copy. */
    private Mono<List<RequestChange>> decidedByCopies(
            List<RequestId> ids, Function<RequestSnapshot, List<RequestEvent>> decide) {
        List<RequestChange> changes = changes(copies.find(ids), decide);
        if (changes.size() == ids.size()) {
            return Mono.just(inOrder(changes));
        }
        Set<RequestId> toRead = new HashSet<>(ids);
        changes.forEach(change -> toRead.remove(change.before().id()));
        return snapshots(List.copyOf(toRead)).map(read -> inOrder(concat(changes, changes(read, decide))));
    }

    private Mono<List<RequestChange>> changeLost(
            List<RequestId> lost, Function<RequestSnapshot, List<RequestEvent>> decide, int round) {
        return round < MAX_ROUNDS
                ? change(lost, decide, round + 1)
                : Mono.error(() -> new StoreUnavailableException(
                        lost.size() + " requests were changed by others each time", new IllegalStateException()));
    }

    private Mono<List<RequestSnapshot>> snapshots(List<RequestId> ids) {
        return database.query(
                RequestUpdate.SELECT_SQL, statement -> RequestUpdate.bindIds(statement, ids), RequestUpdate::snapshot);
    }

    /** The changes that a round wrote, and the requests that another writer changed meanwhile. */
    private record Written(List<RequestChange> changes, List<RequestId> lost) {}

    private Mono<Written> write(List<RequestChange> changes) {
        if (changes.isEmpty()) {
            return Mono.just(new Written(List.of(), List.of()));
        }
        return database.query(
                        RequestUpdate.sql(changes),
                        statement -> RequestUpdate.bind(statement, changes, clock.instant()),
                        row -> Columns.id(row, 0))
                .retryWhen(CONFLICTS)
                .map(won -> split(changes, new HashSet<>(won)))
                .onErrorResume(
                        StoreUnavailableException.class,
                        lost -> lost.isUncertain() ? readBack(changes, lost) : Mono.error(lost))
                .doOnNext(written -> {
                    metrics.changed(written.changes());
                    copies.changed(written.changes());
                    copies.forget(written.lost());
                })
                .doOnError(_ -> copies.forget(idsOfChanges(changes)))
                .doOnError(RequestStore::isUncertain, _ -> metrics.uncertainChange(changes.size()));
    }

    /**
     * It is unknown whether the commit took place. A change was written if the snapshot now is the one that it wanted.
     */
    private Mono<Written> readBack(List<RequestChange> changes, StoreUnavailableException unknown) {
        List<RequestId> ids = idsOfChanges(changes);
        Set<RequestSnapshot> wanted = changes.stream().map(RequestChange::after).collect(Collectors.toSet());
        return snapshots(ids)
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, LOOKUP_PAUSE)
                        .filter(StoreUnavailableException.class::isInstance))
                .timeout(LOOKUP_TIMEOUT)
                .onErrorMap(TimeoutException.class, _ -> unknown)
                .map(found -> found.stream()
                        .filter(wanted::contains)
                        .map(RequestSnapshot::id)
                        .collect(Collectors.toSet()))
                .map(won -> split(changes, won));
    }

    private static List<RequestChange> changes(
            List<RequestSnapshot> snapshots, Function<RequestSnapshot, List<RequestEvent>> decide) {
        List<RequestChange> changes = new ArrayList<>(snapshots.size());
        for (RequestSnapshot before : snapshots) {
            RequestChange change = RequestChange.of(before, decide.apply(before));
            if (!change.events().isEmpty()) {
                changes.add(change);
            }
        }
        return changes;
    }

    private static List<RequestChange> inOrder(List<RequestChange> changes) {
        return changes.stream()
                .sorted(Comparator.comparing(change -> change.before().id()))
                .toList();
    }

    private static Written split(List<RequestChange> changes, Set<RequestId> won) {
        List<RequestChange> kept = new ArrayList<>(changes.size());
        List<RequestId> lost = new ArrayList<>();
        for (RequestChange change : changes) {
            if (won.contains(change.before().id())) {
                kept.add(change);
            } else {
                lost.add(change.before().id());
            }
        }
        return new Written(kept, lost);
    }

    static boolean isUncertain(Throwable error) {
        return error instanceof StoreUnavailableException lost && lost.isUncertain();
    }

    private static List<RequestId> idsOfChanges(List<RequestChange> changes) {
        return changes.stream().map(change -> change.before().id()).toList();
    }

    private static <T> List<T> concat(List<T> one, List<T> other) {
        List<T> both = new ArrayList<>(one);
        both.addAll(other);
        return both;
    }
}
