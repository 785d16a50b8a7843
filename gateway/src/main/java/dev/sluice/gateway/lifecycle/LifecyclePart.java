package dev.sluice.gateway.lifecycle;

import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * A part of the gateway with something to start or to stop. Features declare theirs as beans; the assembly knows the
 * order.
 *
 * @param name the part's place in the order, which one enum lists for all of them
 * @param start subscribed when its turn comes; the next part waits for its end
 * @param stop likewise, in the reverse order
 */
public record LifecyclePart(String name, Supplier<Mono<Void>> start, Supplier<Mono<Void>> stop) {

    /** A part that has nothing to start. */
    public static LifecyclePart stopping(String name, Supplier<Mono<Void>> stop) {
        return new LifecyclePart(name, Mono::empty, stop);
    }

    /** A part that starts and stops at once. */
    public static LifecyclePart of(String name, Runnable start, Runnable stop) {
        return new LifecyclePart(name, () -> Mono.fromRunnable(start), () -> Mono.fromRunnable(stop));
    }
}
