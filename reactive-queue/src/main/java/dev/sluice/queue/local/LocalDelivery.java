package dev.sluice.queue.local;

import dev.sluice.queue.ReceivedMessage;
import java.util.concurrent.atomic.AtomicBoolean;

/** One delivery of a stored message to one consumer. */
final class LocalDelivery implements ReceivedMessage {

    /** How a delivery ends. */
    enum Settling {
        ACK,
        REQUEUE,
        REJECT
    }

    final Stored stored;
    final LocalConsumer consumer;
    private final LocalQueue queue;
    private final AtomicBoolean settled;
    private volatile boolean gone;

    LocalDelivery(Stored stored, LocalConsumer consumer, LocalQueue queue, boolean settled) {
        this.stored = stored;
        this.consumer = consumer;
        this.queue = queue;
        this.settled = new AtomicBoolean(settled);
    }

    boolean isSettled() {
        return settled.get();
    }

    /** Its connection is lost: the queue has it again. */
    void takenBack() {
        gone = true;
    }

    @Override
    public byte[] body() {
        return stored.body();
    }

    @Override
    public int redeliveries() {
        return stored.redeliveries();
    }

    @Override
    public boolean isGone() {
        return gone;
    }

    @Override
    public boolean isGivenUp() {
        return stored.givenUp();
    }

    @Override
    public void ack() {
        settle(Settling.ACK);
    }

    @Override
    public void requeue() {
        settle(Settling.REQUEUE);
    }

    @Override
    public void reject() {
        settle(Settling.REJECT);
    }

    private void settle(Settling settling) {
        if (settled.compareAndSet(false, true)) {
            queue.settle(this, settling);
        }
    }
}
