package dev.sluice.gateway.web;

import static dev.sluice.settings.Setting.check;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the API listens and how long a caller may take, {@code sluice.http}.
 *
 * @param address a local address; empty is all of them
 * @param port 0 to 65,535; 0 takes a free one
 * @param headTimeout from the first byte of a call to the end of its headers, 100 ms to 5 min; then the connection is
 *     closed
 * @param bodyTimeout from there to the end of its body, 100 ms to 1 h; then 408 {@code body-timeout}
 * @param idleTimeout between two calls of a connection, 1 s to 1 h; then it is closed. Longer than the 60 s of common
 *     load balancers, so that they close first and never send a call into a connection that the gateway closes
 */
@ConfigurationProperties("sluice.http")
public record HttpSettings(
        @DefaultValue("") String address,
        @DefaultValue("8080") int port,
        @DefaultValue("10s") Duration headTimeout,
        @DefaultValue("10s") Duration bodyTimeout,
        @DefaultValue("75s") Duration idleTimeout) {

    public HttpSettings {
        check(port >= 0 && port <= 65_535, "sluice.http.port", port, "0 to 65535");
        check(
                isBetween(headTimeout, Duration.ofMillis(100), Duration.ofMinutes(5)),
                "sluice.http.head-timeout",
                headTimeout,
                "100ms to 5m");
        check(
                isBetween(bodyTimeout, Duration.ofMillis(100), Duration.ofHours(1)),
                "sluice.http.body-timeout",
                bodyTimeout,
                "100ms to 1h");
        check(
                isBetween(idleTimeout, Duration.ofSeconds(1), Duration.ofHours(1)),
                "sluice.http.idle-timeout",
                idleTimeout,
                "1s to 1h");
    }

    private static boolean isBetween(Duration value, Duration min, Duration max) {
        return value.compareTo(min) >= 0 && value.compareTo(max) <= 0;
    }
}
