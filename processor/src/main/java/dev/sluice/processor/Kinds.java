package dev.sluice.processor;

import static dev.sluice.processor.Requirement.require;

import dev.sluice.processor.command.CommandHandler;
import dev.sluice.processor.command.CommandSettings;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.processor.http.HttpHandler;
import dev.sluice.processor.http.HttpSettings;
import dev.sluice.processor.samples.Samples;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of a processor.
 *
 * @param all each with its handler
 * @param handBackLimit from the receipt of a message to its ack at most. Half of {@link #MARGIN} lies between this
 *     limit and the longest attempt whose message is acked at its end: such work may still wait so long for tokens
 */
record Kinds(List<Kind> all, Duration handBackLimit) {

    /** Under the broker's consumer time-out: half of it to wait for tokens, half of it to report. */
    private static final Duration MARGIN = Duration.ofMinutes(5);

    private static final Duration MAX_TIMEOUT = Duration.ofHours(24);

    private static final Duration MIN_CONSUMER_TIMEOUT = Duration.ofMinutes(6);

    private static final int DIRECT_ENVELOPE = 1;
    private static final int JAVA_ENVELOPE = 16;

    Kinds {
        all = List.copyOf(all);
    }

    static Kinds of(
            ProcessorSettings settings,
            Map<String, ? extends RequestHandler> handlers,
            Duration consumerTimeout,
            Clock clock) {
        require(
                consumerTimeout.compareTo(MIN_CONSUMER_TIMEOUT) >= 0,
                "sluice.broker.consumer-timeout must be at least 6m, was " + consumerTimeout);
        Map<String, RequestHandler> java = new HashMap<>(settings.samples() ? Samples.handlers() : Map.of());
        java.putAll(handlers);
        Set<String> names = new TreeSet<>(settings.kinds().keySet());
        names.addAll(java.keySet());
        Resolver resolver = new Resolver(settings.tokens(), consumerTimeout.minus(MARGIN), clock);
        List<Kind> all = names.stream()
                .map(name ->
                        resolver.kind(name, settings.kinds().getOrDefault(name, KindSettings.JAVA), java.get(name)))
                .toList();
        return new Kinds(all, consumerTimeout.minus(MARGIN.dividedBy(2)));
    }

    List<String> names() {
        return all.stream().map(Kind::name).toList();
    }

    /** Ends all handlers with everything that they keep. */
    void close() {
        all.forEach(kind -> kind.handler().close());
    }

    private record Resolver(int tokens, Duration unackedLimit, Clock clock) {

        Kind kind(String name, KindSettings settings, @Nullable RequestHandler java) {
            String key = "sluice.processor.kinds." + name;
            Duration timeout = settings.timeout() == null ? MAX_TIMEOUT : settings.timeout();
            require(timeout.compareTo(MAX_TIMEOUT) <= 0, key + ".timeout must be at most 24h, was " + timeout);
            int share = settings.tokens() == null ? tokens : settings.tokens();
            RequestHandler handler = handler(key, settings, share, java);
            int envelope = settings.maxEnvelope() == null ? envelope(name, settings) : settings.maxEnvelope();
            return new Kind(name, handler, share, timeout, envelope, unackedLimit);
        }

        private RequestHandler handler(String key, KindSettings settings, int share, @Nullable RequestHandler java) {
            HttpSettings http = settings.http();
            if (http != null) {
                return new HttpHandler(http, share, clock);
            }
            CommandSettings command = settings.command();
            if (command != null) {
                return CommandHandler.of(key + ".command", command);
            }
            if (java == null) {
                throw new IllegalArgumentException(
                        key + " must have http.url, command.line or a RequestHandler of this name, but has none");
            }
            return java;
        }

        private static int envelope(String name, KindSettings settings) {
            return settings.http() != null || settings.command() != null
                    ? DIRECT_ENVELOPE
                    : Samples.envelopes().getOrDefault(name, JAVA_ENVELOPE);
        }
    }
}
