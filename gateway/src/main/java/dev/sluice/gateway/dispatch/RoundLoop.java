package dev.sluice.gateway.dispatch;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Runs rounds, one at a time: each wish is followed by a round that begins after it; many wishes at once share one. A
 * failed round ends as any other does, so that the next wish finds a loop that is not busy. Thread-safe, lock-free.
 */
final class RoundLoop {

    private static final Logger log = LoggerFactory.getLogger(RoundLoop.class);

    private final Supplier<Mono<Void>> round;
    private final Consumer<Throwable> failed;
    private final AtomicInteger wanted = new AtomicInteger();

    /**
     * The number of wishes that the present round fulfils. Only the one round at a time uses it; {@code wanted}
     * hands it on.
     */
    private int seen;

    /** @param failed hears how a round failed, before the next one begins */
    RoundLoop(Supplier<Mono<Void>> round, Consumer<Throwable> failed) {
        this.round = round;
        this.failed = failed;
    }

    /** Runs a round, soon. Never blocks. */
    void wake() {
        if (wanted.getAndIncrement() == 0) {
            // No caller disposes of one round: it ends by itself, and the dispatcher waits for it before it stops.
            rounds().subscribe();
        }
    }

    /** To be called in a round: one more follows it. */
    void again() {
        wanted.incrementAndGet();
    }

    boolean isIdle() {
        return wanted.get() == 0;
    }

    /** Repeated, not chained: under load this does not end for hours, and a chain would keep every round it had. */
    private Mono<Void> rounds() {
        return Mono.<Void>create(this::runRound)
                .repeat(() -> wanted.addAndGet(-seen) != 0)
                .then();
    }

    /**
     * Reactor throws an Error of the JVM (a stack overflow, a class that is missing) past all operators, so that no
     * operator sees the end of the round.
     */
    private void runRound(MonoSink<Void> sink) {
        AtomicBoolean over = new AtomicBoolean();
        try {
            Mono.defer(this::begin).subscribe(null, error -> end(over, sink, error), () -> end(over, sink, null));
        } catch (Throwable error) { // an error of any kind ends the round
            end(over, sink, error);
        }
    }

    private Mono<Void> begin() {
        seen = wanted.get();
        return round.get();
    }

    private void end(AtomicBoolean over, MonoSink<Void> sink, @Nullable Throwable error) {
        if (over.getAndSet(true)) {
            return;
        }
        if (error != null) {
            tell(error);
        }
        sink.success();
    }

    private void tell(Throwable error) {
        try {
            failed.accept(error);
        } catch (Throwable untold) { // the loop goes on; the next wish is a new try
            log.atError().addKeyValue("reason", untold.toString()).log("dispatch.failure_untold");
        }
    }
}
