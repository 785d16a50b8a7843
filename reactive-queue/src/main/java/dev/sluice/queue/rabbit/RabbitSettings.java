package dev.sluice.queue.rabbit;

import com.rabbitmq.client.Address;
import com.rabbitmq.client.ConnectionFactory;
import dev.sluice.queue.PublishLimits;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How to reach RabbitMQ.
 *
 * @param addresses {@code host:port} of each node, at least one; tried in random order
 * @param virtualHost the virtual host
 * @param user the user's name
 * @param password the user's password
 * @param tls whether to speak TLS, with the JVM's trust store and with a check of the host name
 * @param heartbeat the connection is lost after two of them without a sign of life, 1 to 60 s
 * @param consumerTimeout the time between delivery and ack that our queues allow ({@code x-consumer-timeout}, from
 *     RabbitMQ 3.12); null leaves the broker's own. Part of the queue's arguments, so it cannot change for a queue that
 *     exists
 * @param limits the bounds of publishing
 */
public record RabbitSettings(
        List<String> addresses,
        String virtualHost,
        String user,
        String password,
        boolean tls,
        Duration heartbeat,
        @Nullable Duration consumerTimeout,
        PublishLimits limits) {

    /** How often each side gives a sign of life unless said otherwise. */
    public static final Duration DEFAULT_HEARTBEAT = Duration.ofSeconds(5);

    private static final int CONNECT_MS = 2_000;
    private static final int RPC_MS = 5_000;

    public RabbitSettings {
        addresses = List.copyOf(addresses);
        require(!addresses.isEmpty(), "addresses must name at least one host:port");
        addresses.forEach(RabbitSettings::parsed);
        require(
                heartbeat.toSeconds() >= 1 && heartbeat.toSeconds() <= 60,
                "heartbeat must be 1 to 60 s, was " + heartbeat);
        require(
                consumerTimeout == null || consumerTimeout.toMinutes() >= 1,
                "consumer-timeout must be at least 1 min, was " + consumerTimeout);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return user + "@" + addresses + virtualHost + (tls ? " with TLS" : "");
    }

    /**
     * The broker at {@code addresses} with RabbitMQ's own defaults for user and virtual host, and ours for the rest.
     */
    public static RabbitSettings of(String... addresses) {
        return new RabbitSettings(
                List.of(addresses), "/", "guest", "guest", false, DEFAULT_HEARTBEAT, null, PublishLimits.DEFAULT);
    }

    /** The same with other bounds. */
    public RabbitSettings withLimits(PublishLimits other) {
        return new RabbitSettings(addresses, virtualHost, user, password, tls, heartbeat, consumerTimeout, other);
    }

    List<Address> parsedAddresses() {
        return addresses.stream().map(RabbitSettings::parsed).toList();
    }

    ConnectionFactory connectionFactory() {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setVirtualHost(virtualHost);
        factory.setUsername(user);
        factory.setPassword(password);
        factory.setRequestedHeartbeat((int) heartbeat.toSeconds());
        factory.setConnectionTimeout(CONNECT_MS);
        factory.setHandshakeTimeout(RPC_MS);
        factory.setChannelRpcTimeout(RPC_MS);
        factory.setShutdownTimeout(CONNECT_MS);
        // The client's own recovery knows nothing of unconfirmed messages; ours replaces the channel and ends each of
        // them.
        factory.setAutomaticRecoveryEnabled(false);
        factory.setTopologyRecoveryEnabled(false);
        factory.setExceptionHandler(new ConnectionErrors());
        if (tls) {
            useTls(factory);
        }
        return factory;
    }

    private static void useTls(ConnectionFactory factory) {
        try {
            factory.useSslProtocol(SSLContext.getDefault());
            factory.enableHostnameVerification();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no TLS", e);
        }
    }

    private static Address parsed(String address) {
        int colon = address.lastIndexOf(':');
        try {
            int port = Integer.parseInt(address.substring(colon + 1));
            require(colon > 0 && port > 0 && port < 65_536, "an address must be host:port, was " + address);
            return new Address(address.substring(0, colon), port);
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException("an address must be host:port, was " + address);
        }
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
