package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.presence.KindLeases;
import dev.sluice.gateway.presence.LivingGateways;
import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Claims this gateway's share of the kinds. A gateway that has not reached the broker for a lease lets go of all, so
 * that others can dispatch them. One claim at a time.
 */
final class KindClaims {

    private final Kinds kinds;
    private final KindLeases leases;
    private final LivingGateways gateways;
    private final Broker broker;
    private Set<String> before = Set.of();

    /**
     * The end of a claim.
     *
     * @param owned all kinds that this gateway owns now
     * @param gained those of them that it did not own after the last claim
     */
    record Claim(Set<String> owned, Set<String> gained) {}

    KindClaims(Kinds kinds, KindLeases leases, LivingGateways gateways, Broker broker) {
        this.kinds = kinds;
        this.leases = leases;
        this.gateways = gateways;
        this.broker = broker;
    }

    boolean owns(String kind) {
        return leases.owns(kind);
    }

    /** All kinds, owned or not. */
    Set<String> names() {
        return kinds.all().stream().map(KindPolicy::name).collect(Collectors.toUnmodifiableSet());
    }

    /** When a claim would be out of its rhythm, but not in vain: a gateway came or went, or the broker is back. Hot. */
    Flux<?> occasions() {
        return Flux.merge(gateways.changes(), broker.states().skip(1).filter(state -> state == BrokerState.CONNECTED));
    }

    Mono<Claim> claim() {
        return Mono.defer(() -> leases.claim(gateways.takesPart() ? names() : Set.of()))
                .map(this::claimed);
    }

    Mono<Void> release() {
        return leases.release();
    }

    private Claim claimed(Set<String> owned) {
        Set<String> gained = new HashSet<>(owned);
        gained.removeAll(before);
        before = owned;
        return new Claim(owned, gained);
    }
}
