package dev.sluice.gateway;

import dev.sluice.gateway.request.StoreUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/**
 * The parts between intake and outcome, started in their order once the store may be used, and stopped in reverse. A gateway whose store
 * is not there yet starts all the same: it is not ready, and answers 503.
 */
final class Flow {

    private static final Logger log = LoggerFactory.getLogger(Flow.class);

    /** Long enough for a store that is there; a later one is waited for beside everything else. */
    private static final Duration ORDERLY = Duration.ofSeconds(10);

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration PART_STOP = Duration.ofSeconds(4);

    private final StoreGuard guard;
    private final List<Part> parts;
    private final Scheduler scheduler;
    private final Disposable.Swap starting = Disposables.swap();
    private final AtomicInteger started = new AtomicInteger();

    /** A part, with what starts and what stops it. */
    record Part(String name, Supplier<Mono<Void>> start, Supplier<Mono<Void>> stop) {}

    Flow(StoreGuard guard, List<Part> parts, Scheduler scheduler) {
        this.guard = guard;
        this.parts = List.copyOf(parts);
        this.scheduler = scheduler;
    }

    /** Whether all parts run. */
    boolean isStarted() {
        return started.get() == parts.size();
    }

    /** Completes once everything runs, or after a while during which it could not: then the start goes on by itself. */
    Mono<Void> start() {
        return Mono.defer(() -> {
            Mono<Void> whole = guard.usable()
                    .thenMany(Flux.fromIterable(parts).concatMap(this::start, 1))
                    .then()
                    .cache();
            starting.update(whole.subscribe(
                    _ -> {}, failure -> log.atError().setCause(failure).log("gateway.flow_not_started")));
            return whole.timeout(ORDERLY, Mono.empty(), scheduler);
        });
    }

    /** Stops what was started, each part bounded, whatever the others do. */
    Mono<Void> stop() {
        return Mono.defer(() -> {
            starting.dispose();
            List<Part> running = parts.subList(0, started.get()).reversed();
            return Flux.fromIterable(running).concatMap(this::stop, 1).then();
        });
    }

    private Mono<Void> start(Part part) {
        return Mono.defer(part.start)
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, PAUSE)
                        .filter(StoreUnavailableException.class::isInstance)
                        .scheduler(scheduler))
                .then(Mono.fromRunnable(() -> started.incrementAndGet()));
    }

    private Mono<Void> stop(Part part) {
        return Mono.defer(part.stop).timeout(PART_STOP, scheduler).onErrorResume(Exception.class, failure -> {
            log.atWarn()
                    .addKeyValue("part", part.name)
                    .addKeyValue("reason", failure.toString())
                    .log("gateway.part_not_stopped");
            return Mono.empty();
        });
    }
}
