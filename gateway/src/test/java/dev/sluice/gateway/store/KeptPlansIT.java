package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.CLIENT;
import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.request.TestRequests.PROCESSOR;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** A connection of intake, journal and callers keeps its plans: one that was made for empty tables serves full ones. */
class KeptPlansIT {

    private static final int BATCH = 256;
    private static final int ROWS = 50_000;

    private static final Fence FIRST_RUN = new Fence(1, 0);

    /** No statistics are gathered: they would make Postgres plan anew. */
    private static final String FILL = """
            insert into request (id, client, kind, state, dispatched, max_attempts, cost, timeout_ms, created_at,
                updated_at, expires_at)
            select gen.id, 'local', 'other', 20, false, 5, 1, 60000, now(), now(), now() + interval '7 days'
            from (select overlay(overlay(gen_random_uuid()::text placing substr(sluice_first_id(now())::text, 1, 14)
                from 1 for 14) placing '7' from 15 for 1)::uuid as id
                from generate_series(1, %d)) gen;
            insert into request_payload select id, 'application/json', '{}' from request where kind = 'other';
            insert into request_result select id, 'application/json', '{}' from request where kind = 'other';
            insert into request_log select id, 3, 4, 1, 0, 2, '[]' from request where kind = 'other'
            """.formatted(ROWS);

    private static final String READ_SQL = """
            select (coalesce(sum(idx_tup_read), 0))::bigint from pg_stat_user_indexes where relname like 'request%'""";

    private static final String SCANNED_SQL = """
            select (coalesce(sum(seq_tup_read), 0))::bigint from pg_stat_user_tables where relname like 'request%'""";

    private static final List<ConnectionUse> KEPT =
            List.of(ConnectionUse.INTAKE, ConnectionUse.JOURNAL, ConnectionUse.CALLERS);

    @Test
    void readByKeyAlsoInTablesThatWereEmptyWhenTheyWereMade() throws SQLException {
        try (TestStore it = TestStore.ofOneConnectionAUse()) {
            passThrough(it, 1);
            for (String statement : FILL.split(";\n", -1)) {
                it.execute(statement);
            }
            long read = numbers(it, READ_SQL);
            long scanned = numbers(it, SCANNED_SQL);

            passThrough(it, BATCH);

            // Each request is found some dozen times: by the inserts' keys, by changes, by reads, in each of 9 days.
            assertThat(numbers(it, READ_SQL) - read).isLessThan(ROWS / 2);
            assertThat(numbers(it, SCANNED_SQL) - scanned).isZero();
        }
    }

    /** Requests from their insert to their end, with reads; others are canceled while they wait. */
    private static void passThrough(TestStore it, int count) {
        List<NewRequest> queued =
                IntStream.range(0, count).mapToObj(_ -> TestRequests.queued()).toList();
        List<NewRequest> waiting = TestRequests.waiting(count);
        RequestStore intake = it.store.on(ConnectionUse.INTAKE);
        await(intake.insert(GATEWAY, queued));
        await(intake.insert(GATEWAY, waiting));
        List<RequestId> ids = TestRequests.idsOf(queued);
        await(it.store.change(ids, _ -> List.of(new RequestEvent.Started(NOW, FIRST_RUN, 1, PROCESSOR, false))));
        await(it.store.change(ids, _ -> List.of(new RequestEvent.Succeeded(NOW, FIRST_RUN, 2, TestRequests.RESULT))));
        await(it.store.change(
                TestRequests.idsOf(waiting),
                snapshot -> List.of(new RequestEvent.Canceled(NOW, snapshot.fence(), snapshot.ordinal()))));
        await(it.reader.standings(ids));
        await(Flux.fromIterable(ids)
                .flatMap(id -> it.reader.find(CLIENT, id), count)
                .flatMap(view -> it.reader.result(CLIENT, view.snapshot().id()), count)
                .flatMap(_ -> it.reader.events(CLIENT, ids.getFirst(), 0, 10), count)
                .collectList());
    }

    /** Of all uses that keep their plans; each is told to write its statistics down first. */
    private static long numbers(TestStore it, String sql) {
        KEPT.forEach(use -> await(it.pools.of(use).query("select pg_stat_force_next_flush()", _ -> {}, _ -> true)));
        return await(it.database.query(sql, _ -> {}, row -> Objects.requireNonNull(row.get(0, Long.class))))
                .getFirst();
    }
}
