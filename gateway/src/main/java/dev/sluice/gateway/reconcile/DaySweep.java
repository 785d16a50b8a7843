package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.control.KindPolicy;
import dev.sluice.gateway.control.Kinds;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** Creates days ahead, drops those that are over, and forgets processors that are long gone. */
final class DaySweep implements Sweep {

    private static final int EVERY = 300;

    private final SweepContext context;
    private final Kinds kinds;
    private final AtomicInteger runs = new AtomicInteger();

    DaySweep(SweepContext context, Kinds kinds) {
        this.context = context;
        this.kinds = kinds;
    }

    @Override
    public String name() {
        return "days";
    }

    @Override
    public Mono<Integer> run() {
        if (runs.getAndIncrement() % EVERY != 0) {
            return Mono.just(0);
        }
        return context.days()
                .create()
                .then(context.days().drop(longestRetention()))
                .then(context.processors().forget())
                .thenReturn(0);
    }

    private Duration longestRetention() {
        return kinds.all().stream()
                .map(KindPolicy::retention)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ofDays(90));
    }
}
