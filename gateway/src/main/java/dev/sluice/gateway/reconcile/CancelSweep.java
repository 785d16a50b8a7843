package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.cancel.CancelHints;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.RequestEvidence.Out;
import dev.sluice.message.RequestId;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;

/** Repeats each cancel until its request has ended, because a cancel travels as a hint that may be lost. */
final class CancelSweep implements Sweep {

    private static final int MAX_PER_MESSAGE = 1_000;

    private final RequestEvidence evidence;
    private final CancelHints hints;

    CancelSweep(RequestEvidence evidence, CancelHints hints) {
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
        List<RequestId> ids = canceling.stream().map(Out::id).toList();
        for (int from = 0; from < ids.size(); from += MAX_PER_MESSAGE) {
            hints.cancel(ids.subList(from, Math.min(from + MAX_PER_MESSAGE, ids.size())));
        }
    }
}
