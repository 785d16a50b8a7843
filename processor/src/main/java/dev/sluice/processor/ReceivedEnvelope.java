package dev.sluice.processor;

import dev.sluice.queue.ReceivedMessage;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A work message with requests whose last report is not confirmed yet. It is acked with the last of them. Thread-safe.
 */
final class ReceivedEnvelope {

    private final ReceivedMessage message;
    private final long receivedAtTick;
    private final AtomicInteger open;

    /** @param tick counts heartbeats: a clock that only goes forward */
    ReceivedEnvelope(ReceivedMessage message, int requests, long tick) {
        this.message = message;
        receivedAtTick = tick;
        open = new AtomicInteger(requests);
    }

    int redeliveries() {
        return message.redeliveries();
    }

    /** Heartbeats since its receipt. */
    long age(long tick) {
        return tick - receivedAtTick;
    }

    /** The last report of one of its requests is confirmed. */
    void confirmed() {
        if (open.decrementAndGet() == 0) {
            message.ack();
        }
    }
}
