package dev.sluice.processor;

import static dev.sluice.processor.Requirement.require;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How a processor works, {@code sluice.processor}.
 *
 * @param tokens processing tokens over all kinds, 1 to 10,000
 * @param heartbeat between two heartbeats, 0.1 to 30 s (the journal's lease)
 * @param drain from the order to stop to the end of the last work, 1 s to 1 h
 * @param samples whether the sample kinds run
 * @param kinds by their name
 * @param reports the bounds of reporting
 */
@ConfigurationProperties(value = "sluice.processor", ignoreUnknownFields = false)
public record ProcessorSettings(
        @DefaultValue("16") int tokens,
        @DefaultValue("5s") Duration heartbeat,
        @DefaultValue("10s") Duration drain,
        @DefaultValue("false") boolean samples,
        @DefaultValue Map<String, KindSettings> kinds,
        @DefaultValue ReportLimits reports) {

    private static final String KEY = "sluice.processor.";
    private static final Pattern KIND = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    public ProcessorSettings {
        kinds = Map.copyOf(kinds);
        require(tokens >= 1 && tokens <= 10_000, KEY + "tokens must be 1 to 10000, was " + tokens);
        require(
                heartbeat.toMillis() >= 100 && heartbeat.toSeconds() <= 30,
                KEY + "heartbeat must be 100ms to 30s, was " + heartbeat);
        require(drain.toMillis() >= 1_000 && drain.toHours() <= 1, KEY + "drain must be 1s to 1h, was " + drain);
        for (Map.Entry<String, KindSettings> kind : kinds.entrySet()) {
            check(kind.getKey(), kind.getValue(), tokens);
        }
    }

    /** Defaults, with the given kinds. */
    public static ProcessorSettings of(Map<String, KindSettings> kinds) {
        return new ProcessorSettings(
                16, Duration.ofSeconds(5), Duration.ofSeconds(10), false, kinds, ReportLimits.DEFAULT);
    }

    private static void check(String name, KindSettings kind, int tokens) {
        String key = KEY + "kinds." + name;
        require(
                KIND.matcher(name).matches(),
                key + ": a kind's name must be 1 to 63 of a-z, 0-9 and -, not beginning with -");
        require(kind.http() == null || kind.command() == null, key + " must have either http or command, but has both");
        Integer share = kind.tokens();
        require(
                share == null || (share >= 1 && share <= tokens),
                key + ".tokens must be 1 to " + KEY + "tokens (" + tokens + "), was " + share);
        Duration timeout = kind.timeout();
        require(timeout == null || timeout.isPositive(), key + ".timeout must be positive, was " + timeout);
        Integer envelope = kind.maxEnvelope();
        require(
                envelope == null || (envelope >= 1 && envelope <= 1_000),
                key + ".max-envelope must be 1 to 1000, was " + envelope);
    }
}
