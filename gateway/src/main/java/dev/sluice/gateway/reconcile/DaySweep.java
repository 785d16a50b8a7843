package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.presence.Processors;
import dev.sluice.gateway.store.Days;
import java.time.Duration;
import java.util.Comparator;
import reactor.core.publisher.Mono;

/** Creates days ahead, drops those that are over, and forgets processors that are long gone. */
final class DaySweep implements Sweep {

    private final Days days;
    private final Kinds kinds;
    private final Processors processors;

    DaySweep(Days days, Kinds kinds, Processors processors) {
        this.days = days;
        this.kinds = kinds;
        this.processors = processors;
    }

    @Override
    public String name() {
        return "days";
    }

    @Override
    public Duration pause() {
        return Duration.ofMinutes(10);
    }

    @Override
    public Mono<Integer> run() {
        return days.create()
                .then(days.drop(longestRetention()))
                .then(processors.forget())
                .thenReturn(0);
    }

    private Duration longestRetention() {
        return kinds.all().stream()
                .map(KindPolicy::retention)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ofDays(90));
    }
}
