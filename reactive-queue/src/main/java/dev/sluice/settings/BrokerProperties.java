package dev.sluice.settings;

import static dev.sluice.settings.Setting.check;

import dev.sluice.queue.PublishLimits;
import dev.sluice.queue.rabbit.RabbitSettings;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How to reach RabbitMQ, {@code sluice.broker}.
 *
 * @param addresses {@code host:port} of each node
 * @param vhost the virtual host
 * @param tls whether to speak TLS
 * @param consumerTimeout how long a message may be unacked; set on our queues if it is given, so the same for all
 *     programs. Without it the broker's own default is taken to be 30 min
 */
@ConfigurationProperties(value = "sluice.broker", ignoreUnknownFields = false)
public record BrokerProperties(
        @DefaultValue("127.0.0.1:5672") List<String> addresses,
        @DefaultValue("/") String vhost,
        @DefaultValue("guest") String username,
        @DefaultValue("guest") Secret password,
        @DefaultValue("false") boolean tls,
        @Nullable Duration consumerTimeout) {

    private static final Pattern ADDRESS = Pattern.compile(".+:[0-9]{1,5}");
    private static final Duration BROKERS_OWN = Duration.ofMinutes(30);

    public BrokerProperties {
        addresses = List.copyOf(addresses);
        check(!addresses.isEmpty(), "sluice.broker.addresses", "empty", "at least one host:port");
        for (String address : addresses) {
            check(ADDRESS.matcher(address).matches(), "sluice.broker.addresses", address, "host:port");
        }
        check(
                consumerTimeout == null || consumerTimeout.toMinutes() >= 6,
                "sluice.broker.consumer-timeout",
                String.valueOf(consumerTimeout),
                "at least 6m");
    }

    /** The same settings for the adapter. */
    public RabbitSettings toSettings() {
        return new RabbitSettings(
                addresses,
                vhost,
                username,
                password.value(),
                tls,
                RabbitSettings.DEFAULT_HEARTBEAT,
                consumerTimeout,
                PublishLimits.DEFAULT);
    }

    /** How long a message may be unacked: the configured time, else RabbitMQ's default. */
    public Duration effectiveConsumerTimeout() {
        return consumerTimeout == null ? BROKERS_OWN : consumerTimeout;
    }
}
