package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.message.RequestId;
import io.r2dbc.spi.Statement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The plans of the statements of a backlog, whatever the statistics say. */
class BacklogStatementsIT extends StatementsFixture {

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

        String found = analyzed(Backlog.FRONT_SQL, BacklogStatementsIT::bindFront);
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
        assertThat(plan(BacklogSizes.SIZES_SQL, _ -> {})).contains("on backlog_count");
        assertByKey(plan(BacklogSizes.FOLD_SQL, statement -> statement.bind("$1", new String[] {"busy"})));
        assertByKey(plan(RequestEvidence.OUT_BY_KIND_SQL, _ -> {}));
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

    private static List<Backlog.Place> front() {
        return await(it.database.query(Backlog.FRONT_SQL, BacklogStatementsIT::bindFront, Backlog::place));
    }

    private static void bindFront(Statement statement) {
        Backlog.bindFront(statement, "busy", Backlog.Place.START, 64);
    }
}
