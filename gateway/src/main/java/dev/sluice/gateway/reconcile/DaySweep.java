package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.presence.Processors;
import dev.sluice.gateway.store.Days;
import dev.sluice.gateway.store.KindEraser;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/**
 * Creates days ahead, drops those that are over, erases the outcomes of kinds that keep shorter, and forgets processors
 * that are long gone, each 10 minutes. Runs between go on with erasing where much of it is left, in short pieces: no
 * other sweep waits behind a day of millions. Called by one thread at a time.
 */
final class DaySweep implements Sweep {

    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final long RUNS_BETWEEN_LOOKS = Duration.ofMinutes(10).dividedBy(PAUSE);

    private final Days days;
    private final KindEraser eraser;
    private final Kinds kinds;
    private final Processors processors;
    private volatile long runsUntilLook;
    private volatile boolean moreToErase;

    DaySweep(Days days, KindEraser eraser, Kinds kinds, Processors processors) {
        this.days = days;
        this.eraser = eraser;
        this.kinds = kinds;
        this.processors = processors;
    }

    @Override
    public String name() {
        return "days";
    }

    @Override
    public Duration pause() {
        return PAUSE;
    }

    @Override
    public Mono<Integer> run() {
        boolean looks = runsUntilLook == 0;
        boolean erases = moreToErase;
        runsUntilLook = (looks ? RUNS_BETWEEN_LOOKS : runsUntilLook) - 1;
        moreToErase = false; // an error ends it until the next look
        if (looks) {
            return look();
        }
        return erases ? erase() : Mono.just(0);
    }

    private Mono<Integer> look() {
        return days.create()
                .then(days.drop(longestRetention()))
                .then(processors.forget())
                .then(Mono.defer(this::erase));
    }

    private Mono<Integer> erase() {
        Map<String, Duration> retentions =
                kinds.all().stream().collect(Collectors.toMap(KindPolicy::name, KindPolicy::retention));
        return eraser.erase(retentions).doOnNext(more -> moreToErase = more).thenReturn(0);
    }

    private Duration longestRetention() {
        return kinds.all().stream()
                .map(KindPolicy::retention)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ofDays(90));
    }
}
