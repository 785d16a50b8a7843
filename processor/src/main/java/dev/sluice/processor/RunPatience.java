package dev.sluice.processor;

import dev.sluice.message.WorkItem;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Decides, as time passes, whether a run waits for too long or runs in vain. For the thread of the ticks. */
final class RunPatience {

    /** Ticks to wait for something that may come soon. */
    private static final int TICKS = 2;

    private final WorkItem item;
    private final Kind kind;
    private int ticksWithoutMessage;

    RunPatience(WorkItem item, Kind kind) {
        this.item = item;
        this.kind = kind;
    }

    @Nullable
    EndReason whileItWaits(ReceivedEnvelope received, Tick tick) {
        long age = received.age(tick.number());
        return isLate(age, tick) || isShutOut(age, tick) ? EndReason.LATE : null;
    }

    /**
     * A long run whose message went back to the broker, before it could let go of it, may run in vain: another
     * processor may have the message. If this one gets it again, that is soon.
     */
    @Nullable
    EndReason whileItRuns(ReceivedEnvelope received) {
        boolean withoutMessage = kind.isLong(item.timeout()) && received.wentBack();
        ticksWithoutMessage = withoutMessage ? ticksWithoutMessage + 1 : 0;
        return ticksWithoutMessage > TICKS ? EndReason.FORSAKEN : null; // the first tick may come at once
    }

    /** Its message could not be acked in time any more. */
    private boolean isLate(long age, Tick tick) {
        Duration untilAck = kind.isLong(item.timeout()) ? Duration.ZERO : kind.timeoutOf(item.timeout());
        return age > 0 && tick.length().multipliedBy(age).plus(untilAck).compareTo(tick.ackLimit()) > 0;
    }

    /** Long runs leave it too few tokens. A run that needs all tokens would keep the others from all work meanwhile. */
    private boolean isShutOut(long age, Tick tick) {
        LongRunTokens taken = tick.taken();
        return age >= TICKS && (item.alone() ? taken.any() : item.cost() > taken.left(kind, tick.total()));
    }
}
