package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.CLIENT;
import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.request.TestRequests.PROCESSOR;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import io.r2dbc.spi.Statement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The plans of the statements that insert, change, read and sweep requests. */
class HotStatementsIT extends StatementsFixture {

    /** A batch of yesterday's requests is out; the statistics, which are older, know its whole day as done. */
    private static final String OUT = """
            update request set state = 3, dispatched = true, ordinal = 1, seq = 3 where id in (select id from request
                where id between sluice_first_id(date_trunc('day', now(), 'UTC') - interval '1 day')
                    and sluice_first_id(date_trunc('day', now(), 'UTC')) limit %d)
            returning id
            """.formatted(BATCH);

    @Test
    void insertsByKey() {
        List<NewRequest> requests = TestRequests.waiting(64);

        assertOneDay(plan(RequestInserts.FIND_SQL, statement -> RequestInserts.bindFind(statement, requests)));
        assertByKey(plan(RequestInserts.SQL, statement -> RequestInserts.bind(statement, GATEWAY, requests)));
    }

    @Test
    void changesByKeyInOneDay() {
        List<RequestSnapshot> snapshots = await(it.database.query(
                RequestUpdate.SELECT_SQL, statement -> RequestUpdate.bindIds(statement, ids), RequestUpdate::snapshot));
        List<RequestChange> changes = snapshots.stream()
                .map(snapshot -> RequestChange.of(
                        snapshot, List.of(new RequestEvent.Started(NOW, new Fence(1, 1), 1, PROCESSOR, false))))
                .toList();

        assertOneDay(plan(RequestUpdate.SELECT_SQL, statement -> RequestUpdate.bindIds(statement, ids)));
        assertOneDay(plan(RequestUpdate.SQL, statement -> RequestUpdate.bind(statement, changes, NOW)));
    }

    /** Postgres would expect to find hardly any of them, and take no trouble with how it looks for one. */
    @Test
    void comparesNoRowOfABatchWithEachOfADayWhoseRequestsAreMostlyDone() throws SQLException {
        List<RequestId> out = idsOf(OUT);
        List<RequestSnapshot> snapshots = await(it.database.query(
                RequestUpdate.SELECT_SQL, statement -> RequestUpdate.bindIds(statement, out), RequestUpdate::snapshot));
        List<RequestChange> changes = snapshots.stream()
                .map(snapshot -> RequestChange.of(
                        snapshot, List.of(new RequestEvent.Succeeded(NOW, new Fence(1, 0), 2, TestRequests.RESULT))))
                .toList();

        String plan = analyzed(RequestUpdate.SQL, statement -> RequestUpdate.bind(statement, changes, NOW));

        assertOneDay(plan);
        assertThat(plan).containsPattern("Index Scan (?:using|on) request_\\d{8}_pkey");
        assertThat(plan).startsWith("CTE Scan on updated (actual rows=" + BATCH);
        assertNoNodeGaveMoreThan(BATCH, plan);
    }

    @Test
    void readsByKeyInOneDay() {
        assertOneDay(plan(RequestReader.FIND_SQL, statement -> RequestUpdate.bindIds(statement, ids)));
        assertOneDay(plan(RequestReader.STANDINGS_SQL, statement -> RequestUpdate.bindIds(statement, ids)));
        assertOneDay(plan(
                RequestReader.RESULT_SQL,
                statement -> statement.bind("$1", ids.getFirst().value()).bind("$2", CLIENT.name())));
        List<EventPages.Wanted> wanted = ids.stream()
                .map(id -> new EventPages.Wanted(CLIENT, id, 0, 100))
                .toList();
        assertOneDay(plan(EventPages.SQL, statement -> EventPages.bind(statement, wanted)));
    }

    /** A page ends where it is full, and begins where the last one ended. */
    @Test
    void readsNoMoreOfWhatIsOutThanAPage() throws SQLException {
        String middle = it.query("select id from request where dispatched and kind = 'kind-2' order by id"
                        + " offset 100 limit 1")
                .getFirst();
        RequestEvidence.Key after = new RequestEvidence.Key("kind-2", UUID.fromString(middle));

        assertPage(3 * OUT_OF_A_KIND, RequestEvidence.OUT_SQL, statement -> {
            RequestEvidence.bindPage(statement, after);
            RequestEvidence.bindOut(statement, new RequestEvidence.Shards(4, Set.of(0, 1, 2, 3)), List.of());
        });
        assertPage(
                5 * OUT_OF_A_KIND,
                RequestEvidence.CANCELING_SQL,
                statement -> RequestEvidence.bindPage(statement, RequestEvidence.Key.START));
        assertPage(5 * OUT_OF_A_KIND, RequestEvidence.LATEST_OF_GATEWAY_SQL, statement -> {
            RequestEvidence.bindPage(statement, RequestEvidence.Key.START);
            statement.bind("$4", GATEWAY).bind("$5", Instant.now());
        });
        assertPage(5 * OUT_OF_A_KIND, RequestEvidence.DISPATCHED_BEFORE_SQL, statement -> {
            RequestEvidence.bindPage(statement, RequestEvidence.Key.START);
            statement.bind("$4", Instant.EPOCH).bind("$5", true);
        });
    }

    @Test
    void looksUpUncertainDispatchesByKeyInOneDay() {
        assertOneDay(plan(
                RequestEvidence.UNSTARTED_SQL, statement -> RequestEvidence.bindUnstarted(statement, GATEWAY, ids)));
    }

    /** A day may have millions of requests that are done; old statistics may say that many of them are out. */
    @Test
    void looksForOpenRequestsOfADayWithoutReadingThoseThatAreDone() throws SQLException {
        LocalDate yesterday = LocalDate.parse(
                it.query("select (now() at time zone 'UTC')::date - 1").getFirst());

        String plan = analyzed(DayRemover.OPEN_SQL, statement -> statement.bind("$1", yesterday));

        assertThat(plan).contains("_kind_id_idx").doesNotContain("Seq Scan", "Bitmap");
        assertThat(plan).doesNotContainPattern("request_\\d{8}_pkey");
        assertNoNodeGaveMoreThan(BATCH, plan);
    }

    /** A kind has a fifth of the day, so a chunk is 2,000 requests of all kinds. */
    @Test
    void erasesAChunkOfADayWithoutReadingTheRestOfIt() throws SQLException {
        LocalDate yesterday = LocalDate.parse(
                it.query("select (now() at time zone 'UTC')::date - 1").getFirst());
        RequestId middle = idsOf(
                        "select id from request_payload where id >= sluice_first_id(date_trunc('day', now(), 'UTC')"
                                + " - interval '1 day') order by id offset 50000 limit 1")
                .getFirst();
        KindEraser.Pass pass = new KindEraser.Pass(yesterday, middle.value(), List.of("kind-0", "kind-1"));
        it.execute("insert into request_erased (day, kind, last_id) select '%s', kind, '%s'"
                        .formatted(yesterday, middle.value())
                + " from unnest(array['kind-0', 'kind-1']) kind");

        String plan = analyzed(KindEraser.CHUNK_SQL, statement -> new KindEraser(it.database).bind(statement, pass));

        assertNoNodeGaveMoreThan(KindEraser.MAX_ROWS, plan);
        assertThat(plan).doesNotContain("Seq Scan", "Bitmap").contains("request_payload_", "request_result_");
        assertThat(DAY.matcher(plan).results().map(match -> match.group(1)).distinct())
                .as(plan)
                .hasSize(1);
        assertThat(it.query("select count(*) from request_erased where last_id > '%s'".formatted(middle.value())))
                .containsExactly("2");
    }

    private static void assertPage(long rows, String sql, Consumer<Statement> bind) {
        String plan = analyzed(sql, bind);

        assertThat(plan).contains("_kind_id_idx").doesNotContain("Seq Scan", "Bitmap", "Sort (");
        assertNoNodeGaveMoreThan(rows, plan);
    }
}
