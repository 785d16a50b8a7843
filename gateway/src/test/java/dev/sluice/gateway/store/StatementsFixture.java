package dev.sluice.gateway.store;

import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.message.RequestId;
import io.r2dbc.spi.Statement;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * The plans of statements at volume, on connections as the gateway has them: each finds its rows by key, in its own
 * days.
 */
abstract class StatementsFixture {

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

    static final int BATCH = 256;

    /** At most: those of today are as many of each kind, and a batch of yesterday's may be out. */
    static final int OUT_OF_A_KIND = 400;

    /** What a node of a plan gave, and how often it was asked. */
    private static final Pattern ACTUAL = Pattern.compile("actual rows=(\\d+)\\S* loops=(\\d+)");

    private static final Pattern REMOVED = Pattern.compile("Rows Removed by [A-Za-z ]+: (\\d+)");

    static final Pattern DAY = Pattern.compile("request(?:_[a-z]+)?_(\\d{8})");

    static TestStore it;
    static List<RequestId> ids;

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

    static List<RequestId> idsOf(String sql) throws SQLException {
        return it.query(sql).stream()
                .map(id -> new RequestId(UUID.fromString(id)))
                .toList();
    }

    /** Runs it, so what it writes is written. */
    static String analyzed(String sql, Consumer<Statement> bind) {
        return String.join("\n", run("explain (analyze, costs off, timing off, buffers off) " + sql, bind));
    }

    static String plan(String sql, Consumer<Statement> bind) {
        return String.join("\n", run("explain (costs off) " + sql, bind));
    }

    private static List<String> run(String sql, Consumer<Statement> bind) {
        return await(it.database.query(sql, bind, row -> Columns.text(row, 0)));
    }

    static void assertNoNodeGaveMoreThan(long rows, String plan) {
        assertThat(ACTUAL.matcher(plan).results())
                .as(plan)
                .allSatisfy(node -> assertThat(Long.parseLong(node.group(1)) * Long.parseLong(node.group(2)))
                        .isLessThanOrEqualTo(rows));
        assertThat(REMOVED.matcher(plan).results())
                .as(plan)
                .allSatisfy(node -> assertThat(Long.parseLong(node.group(1))).isLessThanOrEqualTo(rows));
    }

    static void assertByKey(String plan) {
        assertThat(plan).doesNotContain("Seq Scan", "Bitmap", "Merge Join");
        // A range of ids alone would read all that lies between.
        assertThat(plan.lines().filter(line -> line.contains("Index Cond:")))
                .allSatisfy(condition -> assertThat(condition).contains(" = "));
    }

    static void assertOneDay(String plan) {
        assertByKey(plan);
        Set<String> days =
                DAY.matcher(plan).results().map(match -> match.group(1)).collect(Collectors.toSet());
        assertThat(days).as(plan).hasSize(1);
    }
}
