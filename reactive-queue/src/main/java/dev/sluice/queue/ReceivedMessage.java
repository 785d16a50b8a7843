package dev.sluice.queue;

/**
 * A message received from a queue, to be settled once: {@link #ack}, {@link #requeue} or {@link #reject}.
 *
 * <p>Settling never blocks and never fails: it is handed to the connection. If the channel of the message is gone it
 * does nothing, because the broker has already put the message back; the first settle wins, later ones do nothing.
 */
public interface ReceivedMessage {

    /** The bytes; not to be changed. */
    byte[] body();

    /** How often this message was delivered before: 0 the first time. */
    int redeliveries();

    /**
     * Whether the channel of this message is gone: then settling it does nothing, and the broker delivers it again
     * unless it was settled before. May become true at any moment and stays so. Of two messages of one channel, the
     * later one is never gone before the earlier.
     */
    boolean isGone();

    /**
     * Of a dead letter: whether the broker gave it up at the delivery limit, so that consumers were lost with it;
     * false if a consumer rejected it, and for all other messages.
     */
    default boolean isGivenUp() {
        return false;
    }

    /** Done: the broker forgets it. */
    void ack();

    /** Not now: back to the queue, to be delivered again with a higher {@link #redeliveries}. */
    void requeue();

    /** Never: to the dead-letter exchange if its queue has one, else the broker forgets it. */
    void reject();
}
