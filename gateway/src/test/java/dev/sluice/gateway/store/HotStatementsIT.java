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
import dev.sluice.gateway.store.postgres.Columns;
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
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The plans of the hot statements at volume, on connections as the gateway has them: each finds its rows by key, in its
 * own days.
 */
class HotStatementsIT {

    /**
     * Finished requests: 10,000 a day, 100,000 of yesterday. 1,000 of today are out, and 20,000 of today in the
     * backlog.
     */
    private static final String FILL = """
            create function test_id(moment timestamptz, n bigint) returns uuid language sql immutable as $$
                select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(m, 1, 3) || '-8'
                    || substr(m, 4, 3) || '-' || substr(m, 7, 12))::uuid
                from (select lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') as h,
                    md5(n::text) as m) x
            $$;
            insert into request (id, client, kind, state, dispatched, dispatch, seq, attempt, max_attempts, cost,
                timeout_ms, created_at, updated_at, expires_at, queued_at, dispatched_at, gateway)
            select test_id(day + n * interval '0.8 seconds', n), 'local', 'kind-' || mod(n, 5), 20, false, 1, 4, 1, 5,
                1, 60000, day, day,
                day + case when full_day then interval '1 hour' else interval '7 days' end,
                day, day, '00000000-0000-4000-8000-00000000000a'
            from (select day::timestamp at time zone 'UTC' as day,
                    day = (now() at time zone 'UTC')::date - 1 as full_day
                from request_day) d, generate_series(1, case when full_day then 100000 else 10000 end) n;
            insert into request_payload select id, 'application/json', '{}' from request;
            insert into request_result select id, 'application/json', '{}' from request;
            insert into request_log select id, 3, 4, 1, 0, 2, '[]' from request;
            update request set state = 3, dispatched = true where id in (select id from request
                where id between sluice_first_id(date_trunc('day', now(), 'UTC'))
                    and sluice_first_id(date_trunc('day', now(), 'UTC') + interval '1 day') limit 1000);
            insert into request (id, client, kind, state, dispatched, max_attempts, cost, timeout_ms, created_at,
                updated_at, expires_at)
            select test_id(now() + n * interval '1 ms', n), 'local', 'busy', 1, false, 5, 1, 60000, now(), now(), now()
            from generate_series(1, 20000) n;
            insert into request_payload select id, 'application/json', '{}' from request where kind = 'busy';
            insert into backlog select kind, created_at, id, client, 2 from request where kind = 'busy';
            vacuum analyze;
            """;

    private static final int BATCH = 256;

    /** At most: those of today are as many of each kind, and a batch of yesterday's may be out. */
    private static final int OUT_OF_A_KIND = 400;

    /** A batch of yesterday's requests is out; the statistics, which are older, know its whole day as done. */
    private static final String OUT = """
            update request set state = 3, dispatched = true, ordinal = 1, seq = 3 where id in (select id from request
                where id between sluice_first_id(date_trunc('day', now(), 'UTC') - interval '1 day')
                    and sluice_first_id(date_trunc('day', now(), 'UTC')) limit %d)
            returning id
            """.formatted(BATCH);

    /** What a node of a plan gave, and how often it was asked. */
    private static final Pattern ACTUAL = Pattern.compile("actual rows=(\\d+)\\S* loops=(\\d+)");

    private static final Pattern REMOVED = Pattern.compile("Rows Removed by [A-Za-z ]+: (\\d+)");

    private static final Pattern DAY = Pattern.compile("request(?:_[a-z]+)?_(\\d{8})");

    private static TestStore it;
    private static List<RequestId> ids;

    @BeforeAll
    static void fill() throws SQLException {
        it = TestStore.open();
        for (String statement : FILL.split(";\n(?=[a-z])", -1)) {
            it.execute(statement);
        }
        ids = idsOf("select id from request where dispatched limit 64");
    }

    @AfterAll
    static void close() {
        it.close();
    }

    @Test
    void insertsByKey() {
        List<NewRequest> requests = TestRequests.waiting(64);

        assertOneDay(plan(RequestInsert.FIND_SQL, statement -> RequestInsert.bindFind(statement, requests)));
        assertByKey(plan(RequestInsert.SQL, statement -> RequestInsert.bind(statement, GATEWAY, requests)));
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

    @Test
    void takesFromTheBacklogByKeyInOneDay() {
        List<Backlog.Place> front = front();

        assertThat(front).hasSize(64);
        assertOneDay(plan(
                Backlog.TAKE_SQL, statement -> Backlog.bindTake(statement, "busy", GATEWAY, Instant.now(), front)));
    }

    /** There may be none yet, or of a moment at which hardly anything waited: Postgres then expects few of a kind. */
    @Test
    void readsNoMoreOfTheBacklogThanItTakesWhateverTheStatisticsSay() throws SQLException {
        it.execute("delete from pg_statistic where starelid = 'backlog'::regclass");
        List<Backlog.Place> front = front();

        String found = analyzed(Backlog.FRONT_SQL, HotStatementsIT::bindFront);
        String taken = analyzed(
                Backlog.TAKE_SQL, statement -> Backlog.bindTake(statement, "busy", GATEWAY, Instant.now(), front));

        assertByKey(found);
        assertByKey(taken);
        assertThat(found).doesNotContain("Sort");
        assertThat(found).startsWith("Limit (actual rows=64");
        assertThat(taken)
                .containsPattern("\\A[A-Za-z ]+ \\(actual rows=64\\b"); // by which join differs with the version
        assertNoNodeGaveMoreThan(64, found);
        assertNoNodeGaveMoreThan(64, taken);
        it.execute("analyze backlog");
    }

    /** A million places that wait apart cost the front nothing, nor does the front cost those that are due. */
    @Test
    void readsNoPlaceThatWaitsApartAndLetsThoseEnterThatAreDue() throws SQLException {
        it.execute("""
                insert into backlog (kind, rank, not_before, id, client, bytes)
                select 'later', now() - n * interval '1 ms', now() + (n - 100) * interval '1 second', test_id(now(), n),
                    'local', 2 from generate_series(1, 20000) n;
                insert into backlog (kind, rank, id, client, bytes)
                select 'later', now(), test_id(now(), -n), 'local', 2 from generate_series(1, 20000) n""");
        it.execute("delete from pg_statistic where starelid = 'backlog'::regclass");

        String found = analyzed(
                Backlog.FRONT_SQL, statement -> Backlog.bindFront(statement, "later", Backlog.Place.START, 64));
        String entered =
                analyzed(Backlog.ENTER_SQL, statement -> Backlog.bindEnter(statement, "later", Instant.now(), 64));
        String next = analyzed(Backlog.NEXT_DUE_SQL, statement -> statement.bind("$1", "later"));

        assertThat(found).contains("backlog_in_order").doesNotContain("Sort");
        assertNoNodeGaveMoreThan(64, found);
        assertThat(entered).contains("backlog_later").doesNotContain("Sort", "Seq Scan");
        assertNoNodeGaveMoreThan(64, entered);
        assertNoNodeGaveMoreThan(1, next);
        it.execute("delete from backlog where kind = 'later'");
        it.execute("analyze backlog");
    }

    @Test
    void countsTheBacklogAndWhatIsOutByKey() {
        assertByKey(plan(Backlog.NEXT_DUE_SQL, statement -> statement.bind("$1", "busy")));
        assertThat(plan(Backlog.SIZES_SQL, _ -> {})).contains("on backlog_count");
        assertByKey(plan(Backlog.FOLD_SQL, statement -> statement.bind("$1", new String[] {"busy"})));
        assertByKey(plan(RequestEvidence.OUT_BY_KIND_SQL, _ -> {}));
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
        assertPage(OUT_OF_A_KIND, RequestEvidence.CANCELING_SQL, statement -> {
            RequestEvidence.bindPage(statement, RequestEvidence.Key.START);
            statement.bind("$4", new String[] {"kind-3"});
        });
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

    private static void assertPage(long rows, String sql, Consumer<Statement> bind) {
        String plan = analyzed(sql, bind);

        assertThat(plan).contains("_kind_id_idx").doesNotContain("Seq Scan", "Bitmap", "Sort (");
        assertNoNodeGaveMoreThan(rows, plan);
    }

    /** As for the front of the backlog, whatever the statistics say. */
    @Test
    void freesPlacesOfCanceledRequestsByKey() throws SQLException {
        List<RequestId> waiting =
                idsOf("select id from request where kind = 'busy' and state = 1 order by id desc limit 64");
        List<RequestSnapshot> snapshots = await(it.database.query(
                RequestUpdate.SELECT_SQL,
                statement -> RequestUpdate.bindIds(statement, waiting),
                RequestUpdate::snapshot));
        List<RequestChange> changes = snapshots.stream()
                .map(snapshot ->
                        RequestChange.of(snapshot, List.of(new RequestEvent.Canceled(NOW, snapshot.fence(), 0))))
                .toList();
        it.execute("delete from pg_statistic where starelid = 'backlog'::regclass");

        String plan = analyzed(RequestUpdate.sql(changes), statement -> RequestUpdate.bind(statement, changes, NOW));

        assertOneDay(plan);
        assertThat(plan)
                .containsPattern("Index Cond: .*kind = u\\S*kind.*rank = u\\S*rank.*id = u\\S*id")
                .containsPattern("Index Cond: .*kind = u\\S*kind.*not_before = u\\S*not_before.*id = u\\S*id");
        assertThat(it.query("select count(*) from backlog b join request r using (id) where r.state = 22"))
                .containsExactly("0");
        it.execute("analyze backlog");
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

    private static List<RequestId> idsOf(String sql) throws SQLException {
        return it.query(sql).stream()
                .map(id -> new RequestId(UUID.fromString(id)))
                .toList();
    }

    private static List<Backlog.Place> front() {
        return await(it.database.query(Backlog.FRONT_SQL, HotStatementsIT::bindFront, Backlog::place));
    }

    private static void bindFront(Statement statement) {
        Backlog.bindFront(statement, "busy", Backlog.Place.START, 64);
    }

    /** Runs it, so what it writes is written. */
    private static String analyzed(String sql, Consumer<Statement> bind) {
        return String.join("\n", run("explain (analyze, costs off, timing off, buffers off) " + sql, bind));
    }

    private static String plan(String sql, Consumer<Statement> bind) {
        return String.join("\n", run("explain (costs off) " + sql, bind));
    }

    private static List<String> run(String sql, Consumer<Statement> bind) {
        return await(it.database.query(sql, bind, row -> Columns.text(row, 0)));
    }

    private static void assertNoNodeGaveMoreThan(long rows, String plan) {
        assertThat(ACTUAL.matcher(plan).results())
                .as(plan)
                .allSatisfy(node -> assertThat(Long.parseLong(node.group(1)) * Long.parseLong(node.group(2)))
                        .isLessThanOrEqualTo(rows));
        assertThat(REMOVED.matcher(plan).results())
                .as(plan)
                .allSatisfy(node -> assertThat(Long.parseLong(node.group(1))).isLessThanOrEqualTo(rows));
    }

    private static void assertByKey(String plan) {
        assertThat(plan).doesNotContain("Seq Scan", "Bitmap", "Merge Join");
        // A range of ids alone would read all that lies between.
        assertThat(plan.lines().filter(line -> line.contains("Index Cond:")))
                .allSatisfy(condition -> assertThat(condition).contains(" = "));
    }

    private static void assertOneDay(String plan) {
        assertByKey(plan);
        Set<String> days =
                DAY.matcher(plan).results().map(match -> match.group(1)).collect(Collectors.toSet());
        assertThat(days).as(plan).hasSize(1);
    }
}
