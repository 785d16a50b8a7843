package dev.sluice.gateway.store.postgres;

import java.time.Duration;

/**
 * Where Postgres is and how much of it may be used.
 *
 * @param maxConnections at most so many at once, 4 to 200; further callers wait
 * @param acquireTimeout a caller waits this long for a connection, then the store counts as unavailable
 * @param statementTimeout a statement runs this long, then its outcome is unknown
 */
public record DatabaseSettings(
        String host,
        int port,
        String database,
        String username,
        String password,
        int maxConnections,
        Duration acquireTimeout,
        Duration statementTimeout) {

    public DatabaseSettings {
        require(port >= 1 && port <= 65_535, "port must be 1 to 65535, was " + port);
        require(maxConnections >= 4 && maxConnections <= 200, "maxConnections must be 4 to 200, was " + maxConnections);
        require(acquireTimeout.isPositive(), "acquireTimeout must be positive, was " + acquireTimeout);
        require(statementTimeout.isPositive(), "statementTimeout must be positive, was " + statementTimeout);
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
