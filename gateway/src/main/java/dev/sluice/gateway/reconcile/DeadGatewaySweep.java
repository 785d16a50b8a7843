package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.control.Presence;
import dev.sluice.gateway.control.Presence.DeadGateway;
import dev.sluice.gateway.journal.TakeBack;
import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.gateway.request.RequestEvidence.Out;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A gateway died: what it made QUEUED shortly before may never have been published. Taken back if it was dispatched within confirm
 * time-out + lease before the gateway was last heard; older dispatches were confirmed or given back while it lived.
 */
final class DeadGatewaySweep implements Sweep {

    private static final Duration CONFIRM_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_OUT = 100_000;

    private final SweepContext context;

    DeadGatewaySweep(SweepContext context) {
        this.context = context;
    }

    @Override
    public String name() {
        return "dead_gateway";
    }

    @Override
    public Mono<Integer> run() {
        return context.presence()
                .dead()
                .flatMapMany(Flux::fromIterable)
                .filter(dead -> !dead.id().equals(context.identity().id()))
                .concatMap(this::lookAfter, 1)
                .reduce(0, Integer::sum);
    }

    private Mono<Integer> lookAfter(DeadGateway dead) {
        Instant since =
                Instant.ofEpochMilli(dead.renewedAtMs()).minus(CONFIRM_TIMEOUT).minus(Presence.LEASE);
        return context.evidence()
                .out(MAX_OUT)
                .map(outs -> outs.stream()
                        .filter(out -> out.state() == RequestState.QUEUED
                                && dead.id().equals(out.gateway())
                                && out.dispatchedAt().isAfter(since))
                        .toList())
                .flatMap(this::takeBack)
                .flatMap(count -> context.presence().bury(dead.id()).thenReturn(count));
    }

    private Mono<Integer> takeBack(List<Out> outs) {
        Map<RequestId, Fence> fences = outs.stream().collect(Collectors.toMap(Out::id, Out::fence));
        Instant now = context.clock().instant();
        return context.journal()
                .change(
                        fences.keySet(),
                        snapshot -> TakeBack.events(
                                snapshot, fences.getOrDefault(snapshot.id(), Fence.NONE), Reason.LOST, now))
                .map(List::size);
    }
}
