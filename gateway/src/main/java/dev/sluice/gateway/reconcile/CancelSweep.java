package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.cancel.CancelHints;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.RequestEvidence.Out;
import dev.sluice.message.RequestId;
import java.util.List;
import reactor.core.publisher.Mono;

/** A cancel is only a hint: repeated until the request has ended. */
final class CancelSweep implements Sweep {

    private static final int MAX_OUT = 100_000;
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
    public Mono<Integer> run() {
        return evidence.out(MAX_OUT).map(this::repeat);
    }

    private int repeat(List<Out> outs) {
        List<RequestId> canceling = outs.stream()
                .filter(out -> out.state() == RequestState.CANCELING)
                .map(Out::id)
                .toList();
        for (int from = 0; from < canceling.size(); from += MAX_PER_MESSAGE) {
            int to = Math.min(from + MAX_PER_MESSAGE, canceling.size());
            hints.cancel(canceling.subList(from, to));
        }
        return 0;
    }
}
