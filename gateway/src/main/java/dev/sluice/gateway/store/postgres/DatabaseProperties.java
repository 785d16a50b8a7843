package dev.sluice.gateway.store.postgres;

import static dev.sluice.settings.Setting.check;

import dev.sluice.settings.Secret;
import java.net.URI;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How to reach Postgres, {@code sluice.database}.
 *
 * @param url {@code postgresql://host[:port]/database}
 * @param username the role
 * @param password of the role
 * @param maxConnections of this gateway together, 6 to 100; {@link DatabasePools} splits them by use
 * @param acquireTimeout how long one statement waits for a connection, 100 ms to 30 s; then its call is refused as
 *     {@code store-unavailable}
 * @param statementTimeout how long one statement may run, 1 s to 5 min; then it is cancelled and its call refused in
 *     the same way
 * @param maxLife how long a connection is used, 1 s to 24 h; then another one takes its place
 */
@ConfigurationProperties("sluice.database")
public record DatabaseProperties(
        @DefaultValue("postgresql://127.0.0.1:5432/sluice") URI url,
        @DefaultValue("sluice") String username,
        @DefaultValue("") Secret password,
        @DefaultValue("14") int maxConnections,
        @DefaultValue("2s") Duration acquireTimeout,
        @DefaultValue("10s") Duration statementTimeout,
        @DefaultValue("30m") Duration maxLife) {

    private static final String KEY = "sluice.database.";
    private static final int DEFAULT_PORT = 5432;

    public DatabaseProperties {
        boolean usable = "postgresql".equals(url.getScheme())
                && url.getHost() != null
                && url.getPath().length() > 1;
        check(usable, KEY + "url", url, "postgresql://host[:port]/database");
        check(url.getUserInfo() == null, KEY + "url", "(hidden)", "without user info: there are keys for that");
        check(maxConnections >= 6 && maxConnections <= 100, KEY + "max-connections", maxConnections, "6 to 100");
        check(
                acquireTimeout.toMillis() >= 100 && acquireTimeout.toSeconds() <= 30,
                KEY + "acquire-timeout",
                acquireTimeout,
                "100ms to 30s");
        check(
                statementTimeout.toMillis() >= 1_000 && statementTimeout.toMinutes() <= 5,
                KEY + "statement-timeout",
                statementTimeout,
                "1s to 5m");
        check(
                maxLife.toMillis() >= 1_000 && maxLife.compareTo(Duration.ofHours(24)) <= 0,
                KEY + "max-life",
                maxLife,
                "1s to 24h");
    }

    public DatabaseSettings toSettings() {
        return new DatabaseSettings(
                url.getHost(),
                url.getPort() < 0 ? DEFAULT_PORT : url.getPort(),
                url.getPath().substring(1),
                username,
                password.value(),
                maxConnections,
                acquireTimeout,
                statementTimeout,
                maxLife);
    }
}
