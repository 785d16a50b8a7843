package dev.sluice.gateway.reconcile;

import java.time.Duration;
import reactor.core.publisher.Mono;

/** One reconciliation query with its repair. Idempotent; several gateways may run it at once. */
interface Sweep {

    Duration USUAL_PAUSE = Duration.ofSeconds(2);

    /** Gives the number of requests (or days, or rows) that it repaired. */
    Mono<Integer> run();

    /** For logs and the counter of its repairs. */
    String name();

    /** How long to wait between two runs. */
    default Duration pause() {
        return USUAL_PAUSE;
    }
}
