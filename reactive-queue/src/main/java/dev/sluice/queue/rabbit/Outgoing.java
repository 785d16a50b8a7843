package dev.sluice.queue.rabbit;

import dev.sluice.queue.OutboundMessage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;

/**
 * A message on its way: waiting, then sent, then ended. Confirm, return, time-out and loss race for its end; the first
 * one gives the result, so each message gets exactly one.
 *
 * <pre>
 * WAITING -> SENT -> ENDED
 *    |                 ^
 *    +-----------------+
 * </pre>
 */
final class Outgoing {

    /** Where the message is. */
    enum State {
        WAITING,
        SENT,
        ENDED
    }

    final OutboundMessage message;
    final long deadlineNanos;
    private final MonoSink<Void> sink;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

    Outgoing(OutboundMessage message, long deadlineNanos, MonoSink<Void> sink) {
        this.message = message;
        this.deadlineNanos = deadlineNanos;
        this.sink = sink;
    }

    /** Marks it as sent; false if it has ended meanwhile and must not be sent. */
    boolean toSent() {
        return state.compareAndSet(State.WAITING, State.SENT);
    }

    /** Marks it as ended and returns its former state; the caller owes the result unless that was ENDED. */
    State toEnded() {
        return state.getAndSet(State.ENDED);
    }

    boolean hasEnded() {
        return state.get() == State.ENDED;
    }

    boolean isDue(long nowNanos) {
        return deadlineNanos - nowNanos <= 0;
    }

    void tell(@Nullable Throwable error) {
        if (error == null) {
            sink.success();
        } else {
            sink.error(error);
        }
    }
}
