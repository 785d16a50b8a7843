package dev.sluice.oracle;

import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.FaultProxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Takes the answers of committed statements from the gateways. Triggers hold statements up until a take from the
 * backlog, an insert and a change by the journal wait at their end. Then Postgres' words are held, the statements are
 * let go and committed, and the connections are reset.
 */
final class LostAnswers {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration ONE_TRY = Duration.ofSeconds(4);
    private static final int TAKES = 7_001;
    private static final int INSERTS = 7_002;
    private static final int CHANGES = 7_003;

    private final Cluster cluster;

    LostAnswers(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        try (Connection connection = cluster.connect();
                Statement postgres = connection.createStatement()) {
            postgres.execute("create function hold() returns trigger language plpgsql as"
                    + " 'begin perform pg_advisory_xact_lock_shared(tg_argv[0]::bigint); return null; end'");
            holdUp(postgres, TAKES, "delete on backlog");
            holdUp(postgres, INSERTS, "insert on request");
            holdUp(postgres, CHANGES, "insert on request_result");
        }
    }

    /** Strikes once. The kind of the load must have a backlog, and its processors must be busy. */
    void strike() throws SQLException {
        List<FaultProxy> lines = cluster.databaseProxies();
        try (Connection connection = cluster.connect();
                Statement postgres = connection.createStatement()) {
            await("a take, an insert and a change wait").atMost(SOON).until(() -> areHeld(postgres));
            lines.forEach(line -> line.toClient().timeout(true));
            postgres.execute("select pg_advisory_unlock_all()");
            await("all is committed").atMost(SOON).until(() -> isTrue(postgres, """
                    select count(*) = 0 from pg_stat_activity
                    where application_name = 'sluice-gateway' and state <> 'idle'"""));
        }
        lines.forEach(FaultProxy::resetPeer);
        lines.forEach(line -> line.toClient().clear());
    }

    private static void holdUp(Statement postgres, int key, String event) throws SQLException {
        postgres.execute(
                "create trigger hold_up after " + event + " for each statement execute function hold(" + key + ")");
    }

    private static void lock(Statement postgres, int key) throws SQLException {
        postgres.execute("select pg_advisory_lock(" + key + ")");
    }

    /**
     * Holds a take first: only further changes by the journal give room for one. On a machine that stands still for a
     * moment, all work may have ended before its changes are held; then all is let go, for another try.
     */
    private static boolean areHeld(Statement postgres) throws SQLException {
        lock(postgres, TAKES);
        if (isWaited(postgres, TAKES)) {
            lock(postgres, INSERTS);
            lock(postgres, CHANGES);
            if (isWaited(postgres, INSERTS) && isWaited(postgres, CHANGES) && isWaited(postgres, TAKES)) {
                return true;
            }
        }
        postgres.execute("select pg_advisory_unlock_all()");
        return false;
    }

    private static boolean isWaited(Statement postgres, int key) {
        try {
            await().atMost(ONE_TRY)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> isTrue(
                            postgres,
                            "select count(*) > 0 from pg_locks where locktype = 'advisory' and not granted and objid = "
                                    + key));
            return true;
        } catch (ConditionTimeoutException _) {
            return false;
        }
    }

    private static boolean isTrue(Statement postgres, String sql) throws SQLException {
        try (ResultSet row = postgres.executeQuery(sql)) {
            row.next();
            return row.getBoolean(1);
        }
    }
}
