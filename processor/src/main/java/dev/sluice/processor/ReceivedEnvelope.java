package dev.sluice.processor;

import dev.sluice.message.RequestId;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.ReceivedMessage;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A work message with requests that hold it: most until their last report is confirmed, long ones until their start is.
 * It is acked with the last of them. Thread-safe.
 */
final class ReceivedEnvelope {

    private final ReceivedMessage message;
    private final long receivedAtTick;
    private final Set<RequestId> holders;
    private volatile boolean wentBack;

    /** @param tick counts heartbeats: a clock that only goes forward */
    ReceivedEnvelope(ReceivedMessage message, Collection<WorkItem> items, long tick) {
        this.message = message;
        receivedAtTick = tick;
        holders = ConcurrentHashMap.newKeySet(items.size());
        items.forEach(item -> holders.add(item.id()));
    }

    int redeliveries() {
        return message.redeliveries();
    }

    /** Heartbeats since its receipt. */
    long age(long tick) {
        return tick - receivedAtTick;
    }

    /** This request holds the message no more; to say so twice changes nothing. */
    void letGo(RequestId id) {
        if (holders.remove(id) && holders.isEmpty()) {
            wentBack = message.isGone();
            message.ack();
        }
    }

    /** Whether the message was with the broker again before it could be acked. */
    boolean wentBack() {
        return wentBack;
    }
}
