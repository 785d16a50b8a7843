package dev.sluice.gateway.store;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.gateway.store.postgres.SqlErrors;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import io.r2dbc.spi.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * The inserts of {@link RequestStore}: makes new requests durable, with their payloads and their places in the backlog.
 * Thread-safe.
 */
final class RequestInserts {

    private static final Logger log = LoggerFactory.getLogger(RequestInserts.class);

    /** The seq counts the events: accepted, and queued where the request is. {@link EventPages} derives both. */
    static final String SQL = StateSql.compose("""
            with input as materialized (
                select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[], $6::bigint[],
                    $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[], $11::bytea[], $12::boolean[])
                as t(id, client, kind, cost, max_attempts, timeout_ms, created_at, expires_at, traceparent,
                    content_type, body, queued)
            ), payload as (
                insert into request_payload (id, content_type, body) select id, content_type, body from input
            ), waiting as (
                insert into backlog (kind, rank, id, client, bytes)
                select kind, created_at, id, client, octet_length(body) from input where not queued
            )
            insert into request (id, client, kind, state, dispatched, dispatch, seq, max_attempts, cost, timeout_ms,
                created_at, updated_at, expires_at, queued_at, dispatched_at, gateway, traceparent)
            select id, client, kind, case when queued then {QUEUED} else {ACCEPTED} end, queued,
                case when queued then 1 else 0 end,
                case when queued then 2 else 1 end, max_attempts, cost, timeout_ms, created_at, created_at, expires_at,
                case when queued then created_at end, case when queued then created_at end,
                case when queued then $13::uuid end, traceparent
            from input""");

    /** Which of these ids are stored. */
    static final String FIND_SQL = "select id from request where id = any($1::uuid[])";

    private final Database database;
    private final DispatchedSnapshots copies;
    private final ConservationMetrics metrics;

    RequestInserts(Database database, DispatchedSnapshots copies, ConservationMetrics metrics) {
        this.database = database;
        this.copies = copies;
        this.metrics = metrics;
    }

    /** See {@link RequestStore#insert}. */
    Mono<Set<RequestId>> insert(UUID gateway, List<NewRequest> requests) {
        List<NewRequest> inOrder =
                requests.stream().sorted(Comparator.comparing(NewRequest::id)).toList();
        return insertOnce(gateway, inOrder)
                .onErrorResume(
                        StoreUnavailableException.class,
                        lost -> lost.isUncertain() ? insertAgain(gateway, inOrder, lost) : Mono.error(lost))
                .doOnNext(stored -> {
                    metrics.accepted(inOrder, stored);
                    copies.dispatched(queuedOnes(inOrder, stored));
                })
                .doOnError(RequestStore::isUncertain, _ -> metrics.uncertainInsert(inOrder.size()));
    }

    private Mono<Set<RequestId>> insertOnce(UUID gateway, List<NewRequest> requests) {
        return database.update(SQL, statement -> bind(statement, gateway, requests))
                .retryWhen(RequestStore.CONFLICTS)
                .thenReturn(idsOf(requests))
                .onErrorMap(SqlErrors::isMissingDay, RequestInserts::noDay)
                .onErrorResume(SqlErrors::isDuplicate, duplicate -> insertOthers(gateway, requests, duplicate))
                .onErrorResume(SqlErrors::isBadData, bad -> insertInHalves(gateway, requests, bad));
    }

    /**
     * It is unknown whether the commit took place. Missing rows are inserted again; their keys keep them from being
     * stored twice.
     */
    private Mono<Set<RequestId>> insertAgain(
            UUID gateway, List<NewRequest> requests, StoreUnavailableException unknown) {
        return found(requests)
                .flatMap(found -> insertMissing(gateway, requests, found))
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, RequestStore.LOOKUP_PAUSE)
                        .filter(StoreUnavailableException.class::isInstance))
                .timeout(RequestStore.LOOKUP_TIMEOUT)
                .onErrorMap(TimeoutException.class, _ -> unknown);
    }

    private Mono<Set<RequestId>> insertMissing(UUID gateway, List<NewRequest> requests, Set<RequestId> found) {
        List<NewRequest> missing = requests.stream()
                .filter(request -> !found.contains(request.id()))
                .toList();
        return missing.isEmpty()
                ? Mono.just(found)
                : insertOnce(gateway, missing).map(stored -> union(found, stored));
    }

    /** Some rows are there already, from an insert that was taken for lost. */
    private Mono<Set<RequestId>> insertOthers(UUID gateway, List<NewRequest> requests, Throwable duplicate) {
        return found(requests)
                .flatMap(found -> found.isEmpty()
                        ? insertInHalves(gateway, requests, duplicate)
                        : insertMissing(gateway, requests, found));
    }

    private Mono<Set<RequestId>> found(List<NewRequest> requests) {
        return database.query(FIND_SQL, statement -> bindFind(statement, requests), row -> Columns.id(row, 0))
                .map(Set::copyOf);
    }

    private Mono<Set<RequestId>> insertInHalves(UUID gateway, List<NewRequest> requests, Throwable bad) {
        if (requests.size() == 1) {
            log.atError()
                    .addKeyValue("id", requests.getFirst().id())
                    .addKeyValue("reason", bad.getMessage())
                    .log("request.refused_by_store");
            return Mono.just(Set.of());
        }
        int half = requests.size() / 2;
        return Flux.just(requests.subList(0, half), requests.subList(half, requests.size()))
                .concatMap(part -> insertOnce(gateway, part), 1)
                .reduce(RequestInserts::union)
                // The outcome is uncertain even if this half was not begun: the other half may be stored.
                .onErrorMap(
                        StoreUnavailableException.class, lost -> new StoreUnavailableException("half stored", lost));
    }

    private static StoreUnavailableException noDay(Throwable cause) {
        return new StoreUnavailableException("there is no partition for the day: " + cause.getMessage(), cause, false);
    }

    /** The snapshots of those that were stored QUEUED. */
    private static List<RequestSnapshot> queuedOnes(List<NewRequest> requests, Set<RequestId> stored) {
        List<RequestSnapshot> snapshots = new ArrayList<>(requests.size());
        for (NewRequest request : requests) {
            if (request.queued() && stored.contains(request.id())) {
                snapshots.add(queuedSnapshot(request));
            }
        }
        return snapshots;
    }

    private static Set<RequestId> idsOf(List<NewRequest> requests) {
        Set<RequestId> ids = HashSet.newHashSet(requests.size());
        requests.forEach(request -> ids.add(request.id()));
        return ids;
    }

    private static Set<RequestId> union(Set<RequestId> one, Set<RequestId> other) {
        Set<RequestId> both = new HashSet<>(one);
        both.addAll(other);
        return both;
    }

    /** The snapshot that the statement stores for a request that is queued. */
    static RequestSnapshot queuedSnapshot(NewRequest request) {
        return new RequestSnapshot(
                request.id(),
                request.client(),
                request.kind(),
                RequestState.QUEUED,
                new Fence(1, 0),
                0,
                2,
                0,
                request.options().maxAttempts(),
                0,
                false,
                null,
                request.expiresAt());
    }

    static void bind(Statement statement, UUID gateway, List<NewRequest> requests) {
        int size = requests.size();
        UUID[] ids = new UUID[size];
        String[] clients = new String[size];
        String[] kinds = new String[size];
        int[] costs = new int[size];
        int[] maxAttempts = new int[size];
        long[] timeouts = new long[size];
        Instant[] created = new Instant[size];
        Instant[] expires = new Instant[size];
        @Nullable String[] traces = new @Nullable String[size];
        String[] types = new String[size];
        byte[][] bodies = new byte[size][];
        boolean[] queued = new boolean[size];
        for (int i = 0; i < size; i++) {
            NewRequest request = requests.get(i);
            ids[i] = request.id().value();
            clients[i] = request.client().name();
            kinds[i] = request.kind();
            costs[i] = request.options().cost();
            maxAttempts[i] = request.options().maxAttempts();
            timeouts[i] = request.options().timeout().toMillis();
            created[i] = request.createdAt();
            expires[i] = request.expiresAt();
            traces[i] = request.options().traceparent();
            types[i] = request.payload().contentType();
            bodies[i] = request.payload().bytes();
            queued[i] = request.queued();
        }
        statement.bind("$1", ids).bind("$2", clients).bind("$3", kinds);
        statement.bind("$4", costs).bind("$5", maxAttempts).bind("$6", timeouts);
        statement.bind("$7", created).bind("$8", expires).bind("$9", traces);
        statement.bind("$10", types).bind("$11", bodies).bind("$12", queued).bind("$13", gateway);
    }

    static void bindFind(Statement statement, List<NewRequest> requests) {
        RequestUpdate.bindIds(statement, requests.stream().map(NewRequest::id).toList());
    }
}
