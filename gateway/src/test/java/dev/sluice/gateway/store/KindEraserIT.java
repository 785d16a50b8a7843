package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.CLIENT;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.store.TestStore.SOON;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.message.Fence;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** A day of 20 days ago with requests of a kind that keeps 1 day and of one that keeps 90. */
class KindEraserIT {

    private static final LocalDate OLD =
            LocalDate.ofInstant(NOW, ZoneOffset.UTC).minusDays(20);
    private static final Map<String, Duration> RETENTIONS =
            Map.of("short", Duration.ofDays(1), "long", Duration.ofDays(90));

    /** Requests of a kind: the first waits, the second is out, the others are done. */
    private static final int EACH = 7;

    private static final String DONE_OF_SHORT = "select id from request where kind = 'short' and state > 4 order by id";

    private static final String FILL = """
            select sluice_create_day('%1$s');
            insert into request (id, client, kind, state, dispatched, max_attempts, cost, timeout_ms, created_at,
                updated_at, expires_at)
            select sluice_first_id('%1$s 12:00Z'::timestamptz + n * interval '2 ms'
                    + case kind when 'long' then interval '1 ms' else interval '0' end),
                'local', kind, case n when 1 then 1 when 2 then 3 else 20 end, n = 2, 5, 1, 60000, '%1$s 12:00Z',
                '%1$s 12:00Z', '%1$s 12:00Z'::timestamptz + interval '1 day'
            from generate_series(1, %2$d) n, unnest(array['short', 'long']) kind;
            insert into backlog (kind, rank, id, client, bytes)
            select kind, created_at, id, client, 2 from request where state = 1;
            insert into request_payload select id, 'application/json', '{}' from request;
            insert into request_result select id, 'application/json', '{}' from request where state = 20;
            insert into request_log select id, 3, 4, 1, 0, 2, '[]' from request;
            """.formatted(OLD, EACH);

    private final TestStore it = TestStore.open();
    private final KindEraser eraser = new KindEraser(it.database, 3, 1_000);

    @BeforeEach
    void fill() throws SQLException {
        it.execute(FILL);
    }

    @AfterEach
    void close() {
        it.close();
    }

    @Test
    void erasesOutcomesOfAKindWhoseRetentionIsOver() throws SQLException {
        endAll();

        eraseAll(eraser);

        assertThat(kindsWith("request_payload")).containsExactly("long " + EACH);
        assertThat(kindsWith("request_result")).containsExactly("long " + (EACH - 2));
        assertThat(kindsWith("request_log")).containsExactly("long " + EACH, "short " + EACH);
        assertThat(finished()).containsExactly("short");
    }

    @Test
    void goesThroughADayOnce() throws SQLException {
        endAll();
        eraseAll(eraser);
        it.execute("insert into request_payload select id, 'a/b', '' from request where kind = 'short'");

        assertThat(await(eraser.erase(RETENTIONS))).isFalse();

        assertThat(kindsWith("request_payload")).containsExactly("long " + EACH, "short " + EACH);
    }

    @Test
    void keepsThePayloadsOfOpenRequestsUntilTheyAreDone() throws SQLException {
        eraseAll(eraser);

        assertThat(kindsWith("request_payload")).containsExactly("long " + EACH, "short 2");
        assertThat(kindsWith("request_result")).containsExactly("long " + (EACH - 2));
        assertThat(finished()).isEmpty();

        endAll();
        eraseAll(eraser);

        assertThat(kindsWith("request_payload")).containsExactly("long " + EACH);
        assertThat(finished()).containsExactly("short");
    }

    @Test
    void doesNotReadADayAgainWhileRequestsOfTheKindAreOpen() throws SQLException {
        eraseAll(eraser);
        it.execute("insert into request_result select id, 'a/b', '' from request where kind = 'short' and state = 20");

        eraseAll(eraser);
        it.execute("update request set state = 20, dispatched = false where dispatched");
        eraseAll(eraser);

        assertThat(kindsWith("request_result")).contains("short " + (EACH - 2));
    }

    /** As after a restart in the midst of a day. */
    @Test
    void goesOnWhereTheLastPassStopped() throws SQLException {
        endAll();
        String second = it.query(DONE_OF_SHORT).get(1);
        it.execute(
                "insert into request_erased (day, kind, last_id) values ('%s', 'short', '%s')".formatted(OLD, second));

        eraseAll(eraser);

        assertThat(kindsWith("request_payload")).containsExactly("long " + EACH, "short 2");
        assertThat(finished()).containsExactly("short");
    }

    /** Its client was told of a later time, before the retention of the kind was shortened. */
    @Test
    void keepsAnOutcomeUntilItsOwnTime() throws SQLException {
        endAll();
        String third = it.query(DONE_OF_SHORT).get(2);
        it.execute("update request set expires_at = now() + interval '5 days' where id = '%s'".formatted(third));

        eraseAll(eraser);

        assertThat(it.query("select p.id from request_payload p join request using (id) where kind = 'short'"))
                .containsExactly(third);
        assertThat(finished()).isEmpty();

        it.execute("update request set expires_at = now() - interval '1 s' where id = '%s'".formatted(third));
        it.execute("update request_erased set keep_until = now()");
        eraseAll(eraser);

        assertThat(kindsWith("request_payload")).containsExactly("long " + EACH);
        assertThat(finished()).containsExactly("short");
    }

    @Test
    void keepsOutcomesOfAKindThatKeepsLongerNow() throws SQLException {
        endAll();

        await(eraser.erase(Map.of("short", Duration.ofDays(20))));

        assertThat(kindsWith("request_payload")).contains("short " + EACH);
    }

    @Test
    void keepsOutcomesOfAKindThatHasNoPolicy() throws SQLException {
        endAll();

        await(eraser.erase(Map.of("long", Duration.ofDays(1))));

        assertThat(kindsWith("request_payload")).containsExactly("short " + EACH);
    }

    @Test
    void keepsDaysThatAreNotOldEnough() throws SQLException {
        NewRequest today = TestRequests.waiting("short", TestRequests.payload("{}"));
        it.insert(today);
        it.execute("update request set state = 20, expires_at = now() - interval '1 s' where id = '%s'"
                .formatted(today.id().value()));

        eraseAll(eraser);

        assertThat(it.query("select id from request_payload"))
                .contains(today.id().value().toString());
    }

    /** One request at least, so that a large one holds nothing up. */
    @Test
    void takesFewerRequestsWhereTheyAreLarge() throws SQLException {
        endAll();
        KindEraser small = new KindEraser(it.database, 2_000, 5);
        KindEraser.Pass pass = new KindEraser.Pass(OLD, first(), List.of("short"));

        it.database
                .query(KindEraser.CHUNK_SQL, statement -> small.bind(statement, pass), _ -> 1)
                .block(SOON);

        // Two payloads without a result have 4 bytes; the third request has 4 more.
        assertThat(kindsWith("request_payload")).containsExactly("long " + EACH, "short " + (EACH - 3));
    }

    @Test
    void erasesOnceWithSeveralGateways() throws SQLException {
        it.execute("update request set state = 20, dispatched = false where dispatched");

        Flux.range(0, 4)
                .flatMap(_ -> new KindEraser(it.database, 1, 1_000).erase(RETENTIONS), 4)
                .repeat(4)
                .blockLast(SOON);

        assertThat(kindsWith("request_payload")).containsExactly("long " + EACH, "short 1");
        assertThat(finished()).isEmpty();

        endAll();
        Flux.range(0, 4)
                .flatMap(_ -> new KindEraser(it.database, 1, 1_000).erase(RETENTIONS), 4)
                .repeat(4)
                .blockLast(SOON);
        assertThat(kindsWith("request_payload")).containsExactly("long " + EACH);
        assertThat(finished()).containsExactly("short");
    }

    @Test
    void forgetsDaysThatAreDropped() throws SQLException {
        endAll();
        eraseAll(eraser);
        it.execute("select sluice_drop_day('%s')".formatted(OLD));

        eraseAll(eraser);

        assertThat(it.query("select day from request_erased")).isEmpty();
    }

    @Test
    void tellsNothingOfAResultThatIsExpired() throws SQLException {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        it.change(request.id(), new RequestEvent.Succeeded(NOW, new Fence(1, 0), 1, TestRequests.RESULT));
        assertThat(await(it.reader.find(CLIENT, request.id())).resultType()).isEqualTo("image/png");

        it.execute("update request set expires_at = now() where id = '%s'"
                .formatted(request.id().value()));

        RequestView view = await(it.reader.find(CLIENT, request.id()));
        assertThat(view.snapshot().state().isDone()).isTrue();
        assertThat(view.resultType()).isNull();
        assertThat(it.reader.result(CLIENT, request.id()).block(SOON)).isNull();
    }

    /** Until nothing more is to do at once. */
    private static void eraseAll(KindEraser eraser) {
        eraser.erase(RETENTIONS).repeat(100).takeUntil(more -> !more).blockLast(SOON);
    }

    private void endAll() throws SQLException {
        it.execute("update request set state = 20, dispatched = false where state < 20");
        it.execute("delete from backlog");
    }

    private UUID first() throws SQLException {
        return UUID.fromString(it.query("select sluice_first_id('%s'::timestamp at time zone 'UTC')".formatted(OLD))
                .getFirst());
    }

    private List<String> kindsWith(String table) throws SQLException {
        return it.query("select kind || ' ' || count(*) from request join %s using (id) group by kind order by kind"
                .formatted(table));
    }

    private List<String> finished() throws SQLException {
        return it.query("select kind from request_erased where erased_at is not null");
    }
}
