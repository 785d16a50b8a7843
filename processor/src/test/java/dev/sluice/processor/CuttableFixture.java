package dev.sluice.processor;

import dev.sluice.message.RequestId;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.queue.local.LocalBroker;
import dev.sluice.testkit.FaultyBroker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A processor of kind {@code k} whose connection may be lost, and the calls of its handler. */
abstract class CuttableFixture {

    final LocalBroker local = new LocalBroker();
    final CuttableBroker connection = new CuttableBroker(local);
    final FaultyBroker broker = new FaultyBroker(connection);
    final StatusLog log = new StatusLog(local);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final List<RequestId> calls = new CopyOnWriteArrayList<>();
    private @Nullable Processor processor;

    @AfterEach
    void close() {
        Objects.requireNonNull(processor).stop().block(Duration.ofSeconds(20));
        log.close();
        local.close().block(Duration.ofSeconds(5));
    }

    void start(RequestHandler handler) {
        ProcessorSettings settings = new ProcessorSettings(
                16, Duration.ofMillis(100), Duration.ofSeconds(1), false, Map.of(), ReportLimits.DEFAULT);
        processor = Processor.start(broker, settings, Map.of("k", handler), Duration.ofMinutes(30), Clock.systemUTC());
        processor.metrics().bindTo(meters);
    }

    double tokensUsed() {
        return meters.get("sluice.processor.tokens.used").gauge().value();
    }
}
