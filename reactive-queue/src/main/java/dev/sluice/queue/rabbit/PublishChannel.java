package dev.sluice.queue.rabbit;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One generation of publishing: a channel in confirm mode, and the messages that wait for its answer.
 *
 * <p>When the channel ends, for any reason, each of them ends as {@link PublishException.ConnectionLost}: no other part
 * would end them. {@link #send} runs on the publisher's thread; answers come on the client's reader thread.
 */
final class PublishChannel {

    /** Hears how messages end. */
    interface Results {

        void ended(Outgoing message, @Nullable PublishException error);

        /** The channel is gone and all its messages have ended. */
        void lost(PublishChannel channel);
    }

    private static final int PERSISTENT = 2;
    private static final BasicProperties TRANSIENT_PLAIN = new BasicProperties.Builder().build();
    private static final BasicProperties PERSISTENT_PLAIN =
            new BasicProperties.Builder().deliveryMode(PERSISTENT).build();

    private final Channel channel;
    private final UnconfirmedMessages unconfirmed;
    private final Results results;

    PublishChannel(Channel channel, int maxInFlight, Results results) {
        this.channel = channel;
        this.unconfirmed = new UnconfirmedMessages(maxInFlight);
        this.results = results;
    }

    /** Switches to confirms and listens. */
    void open() throws IOException {
        channel.addConfirmListener(
                (number, multiple) -> answered(number, multiple, null),
                (number, multiple) -> answered(number, multiple, new PublishException.Nacked()));
        channel.addReturnListener(returned -> returned(returned.getProperties().getMessageId()));
        channel.confirmSelect();
        channel.addShutdownListener(_ -> lost());
    }

    boolean hasRoom() {
        return unconfirmed.hasRoom();
    }

    int inFlight() {
        return unconfirmed.inFlight();
    }

    /** Writes a message to the socket, which may block; false if it was not sent and has to wait on. */
    boolean send(Outgoing outgoing) throws IOException {
        long number = unconfirmed.add(outgoing);
        if (number == 0) {
            return false;
        }
        OutboundMessage message = outgoing.message;
        channel.basicPublish(
                message.exchange(),
                message.routingKey(),
                message.mandatory(),
                properties(message, number),
                message.body());
        return true;
    }

    /** Ends the messages whose time is over; their places are free again, a late confirm finds nothing. */
    void expire(long nowNanos) {
        unconfirmed.takeDue(nowNanos).forEach(due -> results.ended(due, new PublishException.ConfirmTimeout(true)));
    }

    /** Gives the channel up: a write failed, and the broker may have seen any part of it. */
    void abandon() {
        lost();
        channel.getConnection().abort(1_000);
    }

    private void answered(long number, boolean multiple, @Nullable PublishException error) {
        if (multiple) {
            List<Outgoing> taken = unconfirmed.takeUpTo(number);
            taken.forEach(each -> results.ended(each, error));
        } else {
            endOne(number, error);
        }
    }

    /** The broker sends a returned message back before it confirms it; the number travels in the message's id. */
    private void returned(@Nullable String messageId) {
        if (messageId != null) {
            long number = Long.parseLong(messageId);
            Outgoing outgoing = unconfirmed.take(number);
            if (outgoing != null) {
                OutboundMessage message = outgoing.message;
                results.ended(outgoing, new PublishException.Unroutable(message.exchange(), message.routingKey()));
            }
        }
    }

    private void endOne(long number, @Nullable PublishException error) {
        Outgoing outgoing = unconfirmed.take(number);
        if (outgoing != null) {
            results.ended(outgoing, error);
        }
    }

    private void lost() {
        unconfirmed.close().forEach(each -> results.ended(each, new PublishException.ConnectionLost(true)));
        results.lost(this);
    }

    private static BasicProperties properties(OutboundMessage message, long number) {
        if (!message.mandatory()) {
            return message.persistent() ? PERSISTENT_PLAIN : TRANSIENT_PLAIN;
        }
        BasicProperties.Builder properties = new BasicProperties.Builder().messageId(Long.toString(number));
        return message.persistent() ? properties.deliveryMode(PERSISTENT).build() : properties.build();
    }
}
