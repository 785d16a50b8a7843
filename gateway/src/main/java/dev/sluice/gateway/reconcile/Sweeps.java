package dev.sluice.gateway.reconcile;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Runs the sweeps, one after the other, each again after its pause. */
final class Sweeps {

    private static final Logger log = LoggerFactory.getLogger(Sweeps.class);

    /** Every pause is a whole number of these. */
    private static final Duration TICK = Duration.ofSeconds(1);

    private final List<Sweep> sweeps;
    private final Scheduler scheduler;
    private final MeterRegistry meters;
    private final Map<Sweep, Long> nextMs = new HashMap<>();
    private final Disposable.Swap running = Disposables.swap();

    Sweeps(List<Sweep> sweeps, Scheduler scheduler, MeterRegistry meters) {
        this.sweeps = List.copyOf(sweeps);
        this.scheduler = scheduler;
        this.meters = meters;
        sweeps.forEach(sweep -> meters.counter("sluice.repairs", "evidence", sweep.name()));
    }

    /** Runs each sweep once, then again and again. */
    Mono<Void> start() {
        return dueOnes()
                .doOnSuccess(_ -> running.update(Flux.interval(TICK, scheduler)
                        .onBackpressureDrop()
                        .concatMap(_ -> dueOnes(), 1)
                        .subscribe()));
    }

    Mono<Void> stop() {
        return Mono.fromRunnable(running::dispose);
    }

    private Mono<Void> dueOnes() {
        return Flux.fromIterable(sweeps)
                .filter(this::isDue)
                .concatMap(this::run, 1)
                .then();
    }

    /** With some slack, because ticks are not exact. */
    private boolean isDue(Sweep sweep) {
        long now = scheduler.now(TimeUnit.MILLISECONDS);
        if (now < nextMs.getOrDefault(sweep, now)) {
            return false;
        }
        nextMs.put(sweep, now + sweep.pause().toMillis() - TICK.toMillis() / 4);
        return true;
    }

    private Mono<Void> run(Sweep sweep) {
        return Mono.defer(sweep::run)
                .doOnNext(repaired -> note(sweep, repaired))
                .onErrorResume(Exception.class, error -> failed(sweep, error))
                .then();
    }

    private void note(Sweep sweep, int repaired) {
        if (repaired > 0) {
            meters.counter("sluice.repairs", "evidence", sweep.name()).increment(repaired);
            log.atWarn()
                    .addKeyValue("sweep", sweep.name())
                    .addKeyValue("repaired", repaired)
                    .log("sweep.repaired");
        }
    }

    private static Mono<Integer> failed(Sweep sweep, Exception error) {
        log.atWarn()
                .addKeyValue("sweep", sweep.name())
                .addKeyValue("reason", error.toString())
                .log("sweep.failed");
        return Mono.empty();
    }
}
