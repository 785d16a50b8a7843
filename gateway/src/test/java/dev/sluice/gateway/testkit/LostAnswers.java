package dev.sluice.gateway.testkit;

import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.FaultProxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Commits at Postgres whose answers never reach the gateway. */
public final class LostAnswers implements AutoCloseable {

    private static final int LOCK = 7;

    private final GatewayTestkit testkit;
    private final FaultProxy proxy;

    public LostAnswers(GatewayTestkit testkit) {
        this.testkit = testkit;
        proxy = new FaultProxy(testkit.postgresPort(), 1);
    }

    /** The way of a gateway to Postgres. */
    public FaultProxy proxy() {
        return proxy;
    }

    /**
     * Holds the statement that {@code begin} leads to, lets it commit while no answer comes through any more, and cuts
     * all connections. New connections are refused until the proxy heals.
     *
     * @param change a statement of a trigger that holds, such as {@code delete on backlog}
     * @param committed a query that finds something after the commit
     */
    public void loseAnswer(String change, Runnable begin, String committed) throws SQLException {
        testkit.execute("create or replace function hold() returns trigger language plpgsql as"
                + " 'begin perform pg_advisory_xact_lock(" + LOCK + "); return null; end'");
        testkit.execute("create trigger hold after " + change + " for each statement execute function hold()");
        try (Connection other = testkit.connect();
                Statement statement = other.createStatement()) {
            statement.execute("select pg_advisory_lock(" + LOCK + ")");
            begin.run();
            await().atMost(GatewayTestkit.SOON)
                    .until(() -> testkit.count("from pg_locks where locktype = 'advisory' and not granted") > 0);
            proxy.toClient().timeout(true);
            statement.execute("select pg_advisory_unlock(" + LOCK + ")");
            await().atMost(GatewayTestkit.SOON).until(() -> testkit.count(committed) > 0);
        }
        testkit.execute("drop trigger hold on " + change.substring(change.indexOf(" on ") + 4));
        proxy.down();
    }

    @Override
    public void close() {
        proxy.close();
    }
}
