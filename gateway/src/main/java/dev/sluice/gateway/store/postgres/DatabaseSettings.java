package dev.sluice.gateway.store.postgres;

import java.time.Duration;

/**
 * Where Postgres is and how much of it may be used.
 *
 * @param maxConnections at most so many at once, 6 to 200, over all uses; further callers wait
 * @param acquireTimeout a caller waits this long for a connection, then the store counts as unavailable
 * @param statementTimeout a statement runs this long, then its outcome is unknown
 * @param maxLife a connection is replaced after so long, between two statements
 */
public record DatabaseSettings(
        String host,
        int port,
        String database,
        String username,
        String password,
        int maxConnections,
        Duration acquireTimeout,
        Duration statementTimeout,
        Duration maxLife) {

    public DatabaseSettings {
        require(port >= 1 && port <= 65_535, "port must be 1 to 65535, was " + port);
        require(maxConnections >= 6 && maxConnections <= 200, "maxConnections must be 6 to 200, was " + maxConnections);
        require(acquireTimeout.isPositive(), "acquireTimeout must be positive, was " + acquireTimeout);
        require(statementTimeout.isPositive(), "statementTimeout must be positive, was " + statementTimeout);
        require(maxLife.isPositive(), "maxLife must be positive, was " + maxLife);
    }

    @Override
    public String toString() {
        return username + "@" + host + ":" + port + "/" + database + ", at most " + maxConnections + " connections";
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
