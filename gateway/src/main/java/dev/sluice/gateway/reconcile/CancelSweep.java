package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.cancel.StopHints;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.RequestEvidence.Out;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;

/** Repeats each cancel until its request has ended, because a cancel travels as a hint that may be lost. */
final class CancelSweep implements Sweep {

    private final RequestEvidence evidence;
    private final StopHints hints;

    CancelSweep(RequestEvidence evidence, StopHints hints) {
        this.evidence = evidence;
        this.hints = hints;
    }

    @Override
    public String name() {
        return "cancel";
    }

    @Override
    public Duration pause() {
        return Duration.ofSeconds(5);
    }

    @Override
    public Mono<Integer> run() {
        return evidence.canceling().doOnNext(this::repeat).then(Mono.just(0));
    }

    private void repeat(List<Out> canceling) {
        hints.cancel(canceling.stream().map(Out::id).toList());
    }
}
