package dev.sluice.gateway;

import static dev.sluice.processor.settings.Setting.check;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the API listens, {@code sluice.http}.
 *
 * @param address a local address; empty is all of them
 * @param port 0 to 65,535; 0 takes a free one
 */
@ConfigurationProperties("sluice.http")
public record HttpSettings(
        @DefaultValue("") String address,
        @DefaultValue("8080") int port) {

    public HttpSettings {
        check(port >= 0 && port <= 65_535, "sluice.http.port", port, "0 to 65535");
    }
}
