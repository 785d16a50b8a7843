package dev.sluice.gateway.embedded;

import dev.sluice.processor.Processor;
import dev.sluice.processor.ProcessorSettings;
import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The processor in the gateway's own process. Started and stopped by one thread. */
final class EmbeddedProcessor {

    private final Broker broker;
    private final ProcessorSettings settings;
    private final Duration consumerTimeout;
    private final Clock clock;
    private final MeterRegistry meters;
    private volatile @Nullable Processor processor;

    EmbeddedProcessor(
            Broker broker, ProcessorSettings settings, Duration consumerTimeout, Clock clock, MeterRegistry meters) {
        this.broker = broker;
        this.settings = settings;
        this.consumerTimeout = consumerTimeout;
        this.clock = clock;
        this.meters = meters;
    }

    Mono<Void> start() {
        return Mono.fromRunnable(() -> {
            Processor started = Processor.start(broker, settings, Map.of(), consumerTimeout, clock);
            started.metrics().bindTo(meters);
            processor = started;
        });
    }

    /** Waits for running work as long as the processor's settings allow, then hands it back. */
    Mono<Void> stop() {
        Processor running = processor;
        return running == null ? Mono.empty() : running.stop();
    }
}
