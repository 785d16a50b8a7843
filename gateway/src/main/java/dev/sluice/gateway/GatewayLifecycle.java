package dev.sluice.gateway;

import dev.sluice.gateway.StartOrder.Phase;
import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * Starts and stops the parts of one {@link Phase} in the order of {@link StartOrder}.
 *
 * <p>The thread that starts the context waits for each part. Parts that need the store are waited for up to
 * {@link #ORDERLY}; where the store is not there by then, they start by themselves later.
 */
final class GatewayLifecycle implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(GatewayLifecycle.class);

    /** Long enough for a store that is there; the start waits for a later one beside everything else. */
    private static final Duration ORDERLY = Duration.ofSeconds(10);

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration PART_STOP = Duration.ofSeconds(4);

    private final Phase phase;
    private final List<LifecyclePart> parts;
    private final Mono<Void> storeUsable;
    private final Disposable.Swap starting = Disposables.swap();
    private final AtomicInteger started = new AtomicInteger();
    private volatile boolean running;

    /**
     * For the parts of a phase.
     *
     * @param parts of all phases
     * @param storeUsable completes once the store may be used
     */
    GatewayLifecycle(Phase phase, List<LifecyclePart> parts, Mono<Void> storeUsable) {
        this.phase = phase;
        this.parts = StartOrder.inOrder(phase, parts);
        this.storeUsable = storeUsable;
    }

    /** Whether all parts run. */
    boolean isWholeStarted() {
        return started.get() == parts.size();
    }

    @Override
    public void start() {
        // The thread that starts the context may wait: nothing is served yet.
        (phase == Phase.WITH_STORE ? startWithStore() : inTurn()).block(START_TIMEOUT);
        running = true;
    }

    @Override
    public void stop() {
        throw new UnsupportedOperationException("the context stops with a callback");
    }

    @Override
    public void stop(Runnable callback) {
        running = false;
        starting.dispose();
        Flux.fromIterable(parts.subList(0, started.get()).reversed())
                .concatMap(this::stop, 1)
                .subscribeOn(Schedulers.parallel())
                .doFinally(_ -> callback.run())
                .subscribe();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return phase.number();
    }

    private Mono<Void> inTurn() {
        return Flux.fromIterable(parts)
                .concatMap(part -> Mono.defer(part.start()).then(Mono.fromRunnable(started::incrementAndGet)), 1)
                .then();
    }

    /** Completes once they run, or after a while during which they could not: then the start goes on by itself. */
    private Mono<Void> startWithStore() {
        return Mono.defer(() -> {
            Mono<Void> whole = storeUsable
                    .thenMany(Flux.fromIterable(parts).concatMap(this::startWhenStoreAnswers, 1))
                    .then()
                    .cache();
            starting.update(whole.subscribe(
                    _ -> {}, failure -> log.atError().setCause(failure).log("gateway.not_started")));
            return whole.timeout(ORDERLY, Mono.empty(), Schedulers.parallel());
        });
    }

    private Mono<Void> startWhenStoreAnswers(LifecyclePart part) {
        return Mono.defer(part.start())
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, PAUSE)
                        .filter(StoreUnavailableException.class::isInstance)
                        .scheduler(Schedulers.parallel()))
                .then(Mono.fromRunnable(started::incrementAndGet));
    }

    /**
     * Stops a part, also if others fail to stop. The last parts have bounds of their own: a processor drains as long as
     * its settings say.
     */
    private Mono<Void> stop(LifecyclePart part) {
        Mono<Void> stopped = Mono.defer(part.stop());
        Mono<Void> bounded = phase == Phase.LAST ? stopped : stopped.timeout(PART_STOP, Schedulers.parallel());
        return bounded.onErrorResume(Exception.class, failure -> {
            log.atWarn()
                    .addKeyValue("part", part.name())
                    .addKeyValue("reason", failure.toString())
                    .log("gateway.part_not_stopped");
            return Mono.empty();
        });
    }
}
