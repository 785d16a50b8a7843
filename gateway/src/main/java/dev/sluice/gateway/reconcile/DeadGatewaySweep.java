package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.presence.GatewayIdentity;
import dev.sluice.gateway.presence.Presence;
import dev.sluice.gateway.presence.Presence.DeadGateway;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.RequestEvidence.Out;
import dev.sluice.gateway.transition.LostRun;
import dev.sluice.gateway.transition.Transitions;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes back the requests that a gateway made QUEUED and perhaps never published, because it died, or stopped with work
 * in flight: those dispatched within confirm time-out + lease before the gateway was last heard; older dispatches were
 * confirmed or given back while it lived. One that is to be canceled ends CANCELED.
 *
 * <p>After Postgres was away, the rows of all gateways are old: the sweep waits until its own gateway is steady again.
 */
final class DeadGatewaySweep implements Sweep {

    private static final Duration CONFIRM_TIMEOUT = Duration.ofSeconds(5);

    private final GatewayIdentity identity;
    private final Presence presence;
    private final BooleanSupplier maySay;
    private final RequestEvidence evidence;
    private final Transitions transitions;

    /** @param maySay whether this gateway may call others dead now */
    DeadGatewaySweep(
            GatewayIdentity identity,
            Presence presence,
            BooleanSupplier maySay,
            RequestEvidence evidence,
            Transitions transitions) {
        this.identity = identity;
        this.presence = presence;
        this.maySay = maySay;
        this.evidence = evidence;
        this.transitions = transitions;
    }

    @Override
    public String name() {
        return "dead_gateway";
    }

    @Override
    public Mono<Integer> run() {
        return !maySay.getAsBoolean()
                ? Mono.just(0)
                : presence.dead()
                        .flatMapMany(Flux::fromIterable)
                        .filter(dead -> !dead.id().equals(identity.id()))
                        .concatMap(this::lookAfter, 1)
                        .reduce(0, Integer::sum);
    }

    private Mono<Integer> lookAfter(DeadGateway dead) {
        Instant since =
                Instant.ofEpochMilli(dead.renewedAtMs()).minus(CONFIRM_TIMEOUT).minus(Presence.LEASE);
        return evidence.latestOf(dead.id(), since)
                .map(outs -> outs.stream().collect(Collectors.toMap(Out::id, DeadGatewaySweep::unpublished)))
                .concatMap(transitions::takeBack, 1)
                .reduce(0, (count, changes) -> count + changes.size())
                .flatMap(count -> presence.bury(dead.id()).thenReturn(count));
    }

    private static LostRun unpublished(Out out) {
        return new LostRun(out.fence(), LostRun.Evidence.UNPUBLISHED);
    }
}
