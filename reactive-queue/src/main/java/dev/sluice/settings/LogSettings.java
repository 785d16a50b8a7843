package dev.sluice.settings;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How log lines look, {@code sluice.log}.
 *
 * @param format for people, or one JSON object a line
 */
@ConfigurationProperties("sluice.log")
public record LogSettings(@DefaultValue("human") Format format) {

    /** The reader of the log. */
    public enum Format {
        HUMAN,
        JSON
    }
}
