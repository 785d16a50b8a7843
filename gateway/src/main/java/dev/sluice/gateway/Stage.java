package dev.sluice.gateway;

import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.core.publisher.Mono;

/**
 * One part of the gateway in the order of start and stop. Later stages stop first.
 *
 * <pre>
 * start  DATABASE, STORE, BROKER, FLOW, PROCESSOR, (Spring Boot's servers), INTAKE
 * stop   the same backwards: INTAKE refuses, writes what it has and ends the streams, then the servers stop, then the rest
 * </pre>
 */
public final class Stage implements SmartLifecycle {

    /** The places in the order; Spring Boot's servers stand between {@link #PROCESSOR} and {@link #INTAKE}. */
    public enum Place {
        DATABASE(-1000),
        STORE(-900),
        BROKER(-800),
        FLOW(-700),
        PROCESSOR(-200),
        INTAKE(Integer.MAX_VALUE - 512);

        private final int phase;

        Place(int phase) {
            this.phase = phase;
        }
    }

    private static final Logger log = LoggerFactory.getLogger(Stage.class);
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private final Place place;
    private final Supplier<Mono<Void>> start;
    private final Supplier<Mono<Void>> stop;
    private volatile boolean running;

    /**
     * @param start subscribed when its turn comes; the next stage waits for its end
     * @param stop likewise, bounded by {@code spring.lifecycle.timeout-per-shutdown-phase}
     */
    public Stage(Place place, Supplier<Mono<Void>> start, Supplier<Mono<Void>> stop) {
        this.place = place;
        this.start = start;
        this.stop = stop;
    }

    /** A stage that has nothing to start. */
    public static Stage stopping(Place place, Supplier<Mono<Void>> stop) {
        return new Stage(place, Mono::empty, stop);
    }

    @Override
    public void start() {
        // The thread that starts the context may wait: nothing is served yet.
        start.get().block(START_TIMEOUT);
        running = true;
    }

    @Override
    public void stop() {
        throw new UnsupportedOperationException("the context stops with a callback");
    }

    @Override
    public void stop(Runnable callback) {
        running = false;
        stop.get()
                .doOnError(failure -> log.atWarn()
                        .setCause(failure)
                        .addKeyValue("stage", place)
                        .log("gateway.stage_not_stopped"))
                .doFinally(_ -> callback.run())
                .subscribe(_ -> {}, _ -> {});
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return place.phase;
    }
}
