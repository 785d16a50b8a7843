package dev.sluice.processor;

import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import reactor.core.scheduler.Schedulers;

/**
 * Starts the processor with the program, drains it with its end, and closes the broker after it. Called by one thread.
 */
final class ProcessorLifecycle implements SmartLifecycle {

    private final Broker broker;
    private final ProcessorSettings settings;
    private final Kinds kinds;
    private final MeterRegistry registry;
    private volatile @Nullable Processor processor;

    ProcessorLifecycle(Broker broker, ProcessorSettings settings, Kinds kinds, MeterRegistry registry) {
        this.broker = broker;
        this.settings = settings;
        this.kinds = kinds;
        this.registry = registry;
    }

    @Override
    public void start() {
        Processor started = Processor.start(broker, settings, kinds, Clock.systemUTC(), Schedulers.parallel());
        started.metrics().bindTo(registry);
        processor = started;
    }

    @Override
    public void stop(Runnable callback) {
        Processor running = processor;
        if (running == null) {
            callback.run();
            return;
        }
        processor = null;
        running.stop().then(broker.close()).doFinally(_ -> callback.run()).subscribe();
    }

    /** Spring does not call this one, but the one with a callback. */
    @Override
    public void stop() {
        stop(() -> {});
    }

    @Override
    public boolean isRunning() {
        return processor != null;
    }
}
