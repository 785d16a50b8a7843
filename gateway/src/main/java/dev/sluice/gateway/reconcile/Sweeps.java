package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.control.Kinds;
import dev.sluice.queue.BrokerState;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Runs the sweeps, one after the other, every two seconds, and the look at the broker's marker after each reconnect. */
public final class Sweeps {

    private static final Logger log = LoggerFactory.getLogger(Sweeps.class);
    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private final SweepContext context;
    private final EpochSweep epoch;
    private final List<Sweep> sweeps;
    private final Scheduler scheduler;
    private final MeterRegistry meters;
    private final Disposable.Composite running = Disposables.composite();

    /**
     * @param processorsGoWithBroker embedded mode: broker and processors are new with each start
     */
    public Sweeps(
            SweepContext context,
            Kinds kinds,
            boolean processorsGoWithBroker,
            Scheduler scheduler,
            MeterRegistry meters) {
        this.context = context;
        this.scheduler = scheduler;
        this.meters = meters;
        epoch = new EpochSweep(context, processorsGoWithBroker);
        sweeps = List.of(epoch, new DeadGatewaySweep(context), new CancelSweep(context), new DaySweep(context, kinds));
        sweeps.forEach(sweep -> meters.counter("sluice.repairs", "evidence", sweep.name()));
    }

    /** Runs each sweep once, then again and again. */
    public Mono<Void> start() {
        return all().doOnSuccess(_ -> {
            running.add(context.broker().states().subscribe(this::changed));
            running.add(Flux.interval(INTERVAL, scheduler)
                    .onBackpressureDrop()
                    .concatMap(_ -> all(), 1)
                    .subscribe());
        });
    }

    public Mono<Void> stop() {
        return Mono.fromRunnable(running::dispose);
    }

    private void changed(BrokerState state) {
        if (state == BrokerState.DISCONNECTED) {
            epoch.look();
        }
    }

    private Mono<Void> all() {
        return Flux.fromIterable(sweeps).concatMap(this::run, 1).then();
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
