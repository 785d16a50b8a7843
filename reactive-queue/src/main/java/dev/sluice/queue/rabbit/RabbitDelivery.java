package dev.sluice.queue.rabbit;

import com.rabbitmq.client.Delivery;
import dev.sluice.queue.ReceivedMessage;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A message of one generation of a consumer. */
final class RabbitDelivery implements ReceivedMessage {

    private final ConsumeChannel channel;
    private final long tag;
    private final byte[] body;
    private final int redeliveries;
    private final boolean givenUp;
    private final AtomicBoolean settled = new AtomicBoolean();

    RabbitDelivery(ConsumeChannel channel, Delivery delivery) {
        this.channel = channel;
        this.tag = delivery.getEnvelope().getDeliveryTag();
        this.body = delivery.getBody();
        Map<String, Object> headers = delivery.getProperties().getHeaders();
        this.redeliveries = redeliveries(headers, delivery.getEnvelope().isRedeliver());
        // A string of the client's own type.
        this.givenUp = headers != null && "delivery_limit".equals(String.valueOf(headers.get("x-first-death-reason")));
    }

    ConsumeChannel channel() {
        return channel;
    }

    boolean isOf(@Nullable ConsumeChannel other) {
        return channel == other;
    }

    @Override
    public byte[] body() {
        return body;
    }

    @Override
    public int redeliveries() {
        return redeliveries;
    }

    @Override
    public boolean isGone() {
        return !channel.isOpen();
    }

    @Override
    public boolean isGivenUp() {
        return givenUp;
    }

    @Override
    public void ack() {
        settle(ConsumeChannel.Settling.ACK);
    }

    @Override
    public void requeue() {
        settle(ConsumeChannel.Settling.REQUEUE);
    }

    @Override
    public void reject() {
        settle(ConsumeChannel.Settling.REJECT);
    }

    private void settle(ConsumeChannel.Settling settling) {
        if (settled.compareAndSet(false, true)) {
            channel.settle(tag, settling);
        }
    }

    /**
     * Quorum queues count deliveries in a header; since 4.3 this one leaves out nacks and timed out consumers, and
     * another one has them all. At the first delivery there is none. Classic queues only say that there was one.
     */
    static int redeliveries(@Nullable Map<String, Object> headers, boolean redelivered) {
        long counted = headers == null
                ? 0
                : Math.max(count(headers.get("x-acquired-count")), count(headers.get("x-delivery-count")));
        return (int) Math.max(counted, redelivered ? 1 : 0);
    }

    private static long count(@Nullable Object header) {
        return header instanceof Number number ? number.longValue() : 0;
    }
}
