package dev.sluice.settings;

import static dev.sluice.settings.Setting.check;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where health and metrics are served, {@code sluice.management}. Nothing there asks for a credential, so the default
 * is loopback.
 *
 * @param address a local address; empty is all of them
 * @param port 0 to 65,535; 0 takes a free one
 */
@ConfigurationProperties("sluice.management")
public record ManagementSettings(
        @DefaultValue("127.0.0.1") String address,
        @DefaultValue("8081") int port) {

    public ManagementSettings {
        check(port >= 0 && port <= 65_535, "sluice.management.port", port, "0 to 65535");
    }
}
