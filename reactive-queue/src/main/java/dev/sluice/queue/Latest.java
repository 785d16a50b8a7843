package dev.sluice.queue;

import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * A value that changes, and the stream of its changes: the value now first, newest only for a slow subscriber.
 * Thread-safe.
 */
public final class Latest<T> {

    /** Emitters meet rarely and hold the sink for microseconds; the bound only ends a wait that would be a bug. */
    private static final Duration MAX_SPIN = Duration.ofSeconds(1);

    private final Sinks.Many<T> sink;
    private volatile T value;

    public Latest(T initial) {
        value = initial;
        sink = Sinks.many().replay().latestOrDefault(initial);
    }

    public T get() {
        return value;
    }

    public void set(T next) {
        value = next;
        sink.emitNext(next, Sinks.EmitFailureHandler.busyLooping(MAX_SPIN));
    }

    public void complete() {
        sink.emitComplete(Sinks.EmitFailureHandler.busyLooping(MAX_SPIN));
    }

    public Flux<T> changes() {
        return sink.asFlux().onBackpressureLatest().distinctUntilChanged();
    }
}
