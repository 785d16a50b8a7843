package dev.sluice.gateway;

import dev.sluice.gateway.intake.Intake;
import dev.sluice.gateway.live.Watches;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** How the public side comes to rest: nothing new, what was taken is written, and who follows is told to come back. */
final class Draining {

    private static final Logger log = LoggerFactory.getLogger(Draining.class);
    private static final Duration STREAMS = Duration.ofSeconds(2);

    private final Intake intake;
    private final Watches watches;

    Draining(Intake intake, Watches watches) {
        this.intake = intake;
        this.watches = watches;
    }

    /** Completes once what was admitted is durable and streams have ended, or had their time. */
    Mono<Void> drain() {
        return Mono.defer(() -> {
                    log.info("gateway.draining");
                    return intake.drain();
                })
                .then(watches.drain(STREAMS))
                .doOnSuccess(_ -> log.info("gateway.drained"))
                .subscribeOn(Schedulers.parallel());
    }
}
