package dev.sluice.gateway;

import dev.sluice.gateway.StartOrder.Phase;
import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
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
 * Starts and stops the parts of a gateway in the order of {@link StartOrder}: one instance for all parts before the HTTP servers, one for
 * those after them.
 *
 * <p>The thread that starts the context waits for each part. Parts that need the store are waited for up to {@link #ORDERLY}; where the
 * store is not there by then, they start by themselves later.
 */
final class GatewayLifecycle implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(GatewayLifecycle.class);

    private static final int BEFORE_SERVERS = -1000;
    private static final int AFTER_SERVERS = Integer.MAX_VALUE - 512;

    /** Long enough for a store that is there; a later one is waited for beside everything else. */
    private static final Duration ORDERLY = Duration.ofSeconds(10);

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration PART_STOP = Duration.ofSeconds(4);

    private final int phase;
    private final List<LifecyclePart> atOnce;
    private final List<LifecyclePart> withStore;
    private final List<LifecyclePart> last;
    private final Mono<Void> storeUsable;
    private final Disposable.Swap starting = Disposables.swap();
    private final AtomicInteger startedWithStore = new AtomicInteger();
    private volatile boolean running;

    private GatewayLifecycle(
            int phase,
            List<LifecyclePart> atOnce,
            List<LifecyclePart> withStore,
            List<LifecyclePart> last,
            Mono<Void> storeUsable) {
        this.phase = phase;
        this.atOnce = atOnce;
        this.withStore = withStore;
        this.last = last;
        this.storeUsable = storeUsable;
    }

    /** For all parts but the public ones. */
    static GatewayLifecycle beforeServers(List<LifecyclePart> parts, Mono<Void> storeUsable) {
        return new GatewayLifecycle(
                BEFORE_SERVERS,
                StartOrder.inOrder(Phase.AT_ONCE, parts),
                StartOrder.inOrder(Phase.WITH_STORE, parts),
                StartOrder.inOrder(Phase.LAST, parts),
                storeUsable);
    }

    /** For the public parts. */
    static GatewayLifecycle afterServers(List<LifecyclePart> parts, Runnable beforeStop) {
        List<LifecyclePart> open = new ArrayList<>(StartOrder.inOrder(Phase.PUBLIC, parts));
        open.add(LifecyclePart.of("readiness", () -> {}, beforeStop));
        return new GatewayLifecycle(AFTER_SERVERS, open, List.of(), List.of(), Mono.empty());
    }

    /** Whether all parts run. */
    boolean isWholeStarted() {
        return startedWithStore.get() == withStore.size();
    }

    @Override
    public void start() {
        // The thread that starts the context may wait: nothing is served yet.
        inTurn(atOnce).then(startWithStore()).then(inTurn(last)).block(START_TIMEOUT);
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
        List<LifecyclePart> begun = new ArrayList<>(atOnce);
        begun.addAll(withStore.subList(0, startedWithStore.get()));
        begun.addAll(last);
        Flux.fromIterable(begun.reversed())
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
        return phase;
    }

    private static Mono<Void> inTurn(List<LifecyclePart> parts) {
        return Flux.fromIterable(parts)
                .concatMap(part -> Mono.defer(part.start()), 1)
                .then();
    }

    /** Completes once they run, or after a while during which they could not: then the start goes on by itself. */
    private Mono<Void> startWithStore() {
        return Mono.defer(() -> {
            Mono<Void> whole = storeUsable
                    .thenMany(Flux.fromIterable(withStore).concatMap(GatewayLifecycle.this::startWhenStoreAnswers, 1))
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
                .then(Mono.fromRunnable(() -> startedWithStore.incrementAndGet()));
    }

    /** Stops a part, whatever the others do. Parts with the store are bounded here, the others by the shutdown phase. */
    private Mono<Void> stop(LifecyclePart part) {
        Mono<Void> stopped = Mono.defer(part.stop());
        Mono<Void> bounded = withStore.contains(part) ? stopped.timeout(PART_STOP, Schedulers.parallel()) : stopped;
        return bounded.onErrorResume(Exception.class, failure -> {
            log.atWarn()
                    .addKeyValue("part", part.name())
                    .addKeyValue("reason", failure.toString())
                    .log("gateway.part_not_stopped");
            return Mono.empty();
        });
    }
}
