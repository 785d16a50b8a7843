package dev.sluice.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testkit.FreePorts;
import dev.sluice.testkit.PostgresNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;

class MigrationsIT {

    private static final PostgresNode POSTGRES = PostgresNode.shared();

    @Test
    void takesEachStepOnce() {
        String url = POSTGRES.jdbcUrl(POSTGRES.emptyDatabase());

        Migrations.Outcome first = migrate(url);
        Migrations.Outcome second = migrate(url);

        assertThat(first.steps()).isEqualTo(Migrations.VERSION);
        assertThat(second).isEqualTo(new Migrations.Outcome(0, Integer.toString(Migrations.VERSION)));
    }

    @Test
    void takesEachStepOnceEvenIfSeveralMigrateAtOnce() throws Exception {
        String url = POSTGRES.jdbcUrl(POSTGRES.emptyDatabase());

        List<Integer> steps = atOnce(3, () -> migrate(url).steps());

        assertThat(steps.stream().mapToInt(Integer::intValue).sum()).isEqualTo(Migrations.VERSION);
    }

    /** The due time of a place was its order before schema 5. */
    @Test
    void givesPlacesOfSchemaFourTheirRank() throws SQLException {
        String database = POSTGRES.emptyDatabase();
        String url = POSTGRES.jdbcUrl(database);
        Flyway.configure()
                .dataSource(url, PostgresNode.USER, PostgresNode.PASSWORD)
                .locations("classpath:dev/sluice/migrations")
                .table(Migrations.HISTORY_TABLE)
                .target("4")
                .load()
                .migrate();
        query(database, """
                insert into request (id, client, kind, state, dispatched, max_attempts, cost, timeout_ms, created_at,
                    updated_at, expires_at, due_at)
                select (substr(sluice_first_id(now())::text, 1, 35) || n)::uuid, name, 'echo', 1, false, 5, 1, 1000,
                    now() - interval '1 hour', now(), now(), due
                from (values (1, 'fresh', null), (2, 'due', now() - interval '1 second'),
                    (3, 'later', now() + interval '1 hour')) as t(n, name, due);
                insert into backlog select kind, coalesce(due_at, created_at), id, client, 0 from request""");

        migrate(url);

        List<String> places = query(database, """
                select client || ' ' || (b.rank = r.created_at) || ' ' || (b.not_before is not null)
                from backlog b join request r using (id, client) order by id""");
        assertThat(places).containsExactly("fresh true false", "due true false", "later true true");
    }

    @Test
    void createsTheDaysFromYesterdayToNextWeek() throws SQLException {
        String database = POSTGRES.freshDatabase();

        List<String> days =
                query(database, "select day - (now() at time zone 'UTC')::date from request_day order by day");
        List<String> partitions = query(database, """
                select count(*) from pg_inherits where inhparent in ('request'::regclass, 'request_payload'::regclass,
                    'request_result'::regclass, 'request_log'::regclass)""");

        assertThat(days).containsExactly("-1", "0", "1", "2", "3", "4", "5", "6", "7");
        assertThat(partitions).containsExactly("36");
    }

    @Test
    void createsADayOnceEvenIfSeveralTryAtOnce() throws Exception {
        String database = POSTGRES.freshDatabase();

        List<List<String>> created = atOnce(4, () -> query(database, "select sluice_create_day('2030-05-17')"));

        assertThat(created).containsExactlyInAnyOrder(List.of("t"), List.of("f"), List.of("f"), List.of("f"));
    }

    @Test
    void beginsADayAtMidnightUtc() throws SQLException {
        String database = POSTGRES.freshDatabase();

        query(database, "set timezone = 'America/New_York'; select sluice_create_day('2030-05-17')");

        assertThat(query(
                        database,
                        "select pg_get_expr(relpartbound, oid) from pg_class where relname = 'request_20300517'"))
                .containsExactly("FOR VALUES FROM ('01bb9726-9400-0000-0000-000000000000')"
                        + " TO ('01bb9c4c-f000-0000-0000-000000000000')");
    }

    @Test
    void dropsADayButRemembersIt() throws SQLException {
        String database = POSTGRES.freshDatabase();

        query(database, "select sluice_create_day('2030-05-17'); select sluice_drop_day('2030-05-17')");

        assertThat(query(database, "select count(*) from pg_class where relname like '%20300517%'"))
                .containsExactly("0");
        assertThat(query(database, "select dropped_at is not null from request_day where day = '2030-05-17'"))
                .containsExactly("t");
        assertThat(query(database, "select sluice_create_day('2030-05-17')")).containsExactly("f");
    }

    @Test
    void givesUpADropThatWouldMakeOthersWait() throws SQLException {
        String database = POSTGRES.freshDatabase();
        try (Connection reader = POSTGRES.connect(database);
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("select sluice_create_day('2030-05-17')");
            reader.commit();
            statement.execute("select count(*) from request");

            assertThatThrownBy(() -> query(database, "select sluice_drop_day('2030-05-17')"))
                    .hasMessageContaining("lock timeout");
        }
    }

    @Test
    void saysWhyADatabaseWasNotMigrated() {
        String url = "postgresql://127.0.0.1:" + FreePorts.one() + "/nothing";

        assertThatThrownBy(() -> migrate(url))
                .isInstanceOf(MigrationException.class)
                .hasMessageContaining("The database was not migrated")
                .hasMessageContaining("refused");
    }

    @Test
    void runsAsACommand() {
        String database = POSTGRES.emptyDatabase();
        String url = "postgresql://127.0.0.1:" + POSTGRES.port() + "/" + database;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();

        int code = run(List.of(), Map.of("SLUICE_DATABASE_URL", url), printed);

        assertThat(code).isZero();
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("schema version %1$d, %1$d new steps".formatted(Migrations.VERSION));
    }

    @Test
    void asksForTheUrlAndExplainsItself() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();

        assertThat(run(List.of(), Map.of(), printed)).isEqualTo(2);
        assertThat(run(List.of("--all"), Map.of(), printed)).isEqualTo(2);
        assertThat(run(List.of("--help"), Map.of(), printed)).isZero();
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("SLUICE_DATABASE_URL is not set", "Usage:");
    }

    private static int run(List<String> arguments, Map<String, String> environment, ByteArrayOutputStream printed) {
        PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
        return MigrateCommand.run(arguments, environment, stream, stream);
    }

    private static Migrations.Outcome migrate(String url) {
        return Migrations.migrate(url, PostgresNode.USER, PostgresNode.PASSWORD);
    }

    private static <T> List<T> atOnce(int times, Callable<T> action) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(times)) {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                futures.add(threads.submit(action));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        }
    }

    /** The first column of the last result. */
    private static List<String> query(String database, String sql) throws SQLException {
        return POSTGRES.query(database, sql);
    }
}
