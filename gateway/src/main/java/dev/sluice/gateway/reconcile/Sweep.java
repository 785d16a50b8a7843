package dev.sluice.gateway.reconcile;

import reactor.core.publisher.Mono;

/** One reconciliation query with its repair. Idempotent; several gateways may run it at once. */
interface Sweep {

    /** How many requests (or days, or rows) it repaired. */
    Mono<Integer> run();

    /** For logs and the counter of its repairs. */
    String name();
}
