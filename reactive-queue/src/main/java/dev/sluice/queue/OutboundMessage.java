package dev.sluice.queue;

import java.nio.charset.StandardCharsets;

/**
 * A message to be published.
 *
 * @param exchange the exchange's name, one of {@link Topology}'s
 * @param routingKey where to; empty for fanout exchanges
 * @param body the bytes; owned by the message from here on, not copied, not to be changed
 * @param persistent whether the broker must keep it on disk
 * @param mandatory whether a missing queue is an error ({@link PublishException.Unroutable}); otherwise the message is
 *     dropped in silence
 */
public record OutboundMessage(String exchange, String routingKey, byte[] body, boolean persistent, boolean mandatory) {

    /** AMQP's bound of names, in bytes of UTF-8. A longer name would spoil the channel for all other messages. */
    private static final int MAX_NAME_BYTES = 255;

    public OutboundMessage {
        requireShort("exchange", exchange);
        requireShort("routingKey", routingKey);
    }

    /** A message that must reach a queue and survive the broker. */
    public static OutboundMessage durable(String exchange, String routingKey, byte[] body) {
        return new OutboundMessage(exchange, routingKey, body, true, true);
    }

    /** A hint for the present listeners; it may be lost. */
    public static OutboundMessage hint(String exchange, byte[] body) {
        return new OutboundMessage(exchange, "", body, false, false);
    }

    private static void requireShort(String what, String name) {
        // Three bytes are the most that one char can take.
        if (name.length() * 3 > MAX_NAME_BYTES && name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            throw new IllegalArgumentException(what + " must be at most " + MAX_NAME_BYTES + " bytes");
        }
    }
}
