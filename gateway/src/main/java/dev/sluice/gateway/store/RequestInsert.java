package dev.sluice.gateway.store;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.Fence;
import io.r2dbc.spi.Statement;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The statement that makes new requests durable, with their payloads and their places in the backlog. */
final class RequestInsert {

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

    /** Which of these ids are stored. */
    static final String FIND_SQL = "select id from request where id = any($1::uuid[])";

    static void bindFind(Statement statement, List<NewRequest> requests) {
        RequestUpdate.bindIds(statement, requests.stream().map(NewRequest::id).toList());
    }

    private RequestInsert() {}
}
