package dev.sluice.processor;

import static dev.sluice.processor.StatusLog.awaiting;
import static dev.sluice.processor.TestWork.submit;
import static dev.sluice.processor.TestWork.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.ControlMessage;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.Topology;
import dev.sluice.queue.local.LocalBroker;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A processor with 16 tokens on a broker of its own, and its reports. */
final class TestProcessor implements AutoCloseable {

    private static final Duration CONSUMER_TIMEOUT = Duration.ofMinutes(30);

    final LocalBroker broker = new LocalBroker();
    final StatusLog log = new StatusLog(broker);
    private @Nullable Processor processor;

    /** For the kind {@code k}. */
    void start(RequestHandler handler) {
        start(handler, Duration.ofSeconds(10));
    }

    void start(RequestHandler handler, Duration drain) {
        start(Map.of("k", handler), drain);
    }

    void start(Map<String, RequestHandler> handlers) {
        start(handlers, Duration.ofSeconds(1));
    }

    private void start(Map<String, RequestHandler> handlers, Duration drain) {
        ProcessorSettings settings =
                new ProcessorSettings(16, Duration.ofMillis(100), drain, false, Map.of(), ReportLimits.DEFAULT);
        processor = Processor.start(broker, settings, handlers, CONSUMER_TIMEOUT, Clock.systemUTC());
    }

    Mono<Void> stop() {
        return processor == null ? Mono.empty() : processor.stop();
    }

    /** Submits work of this kind and waits for its failure. */
    Report.Failed failedOf(String kind) {
        TestWork work = work();
        submit(broker, kind, work);
        return log.end(work.id(), Report.Failed.class);
    }

    void cancel(RequestId id) {
        broker.publish(OutboundMessage.hint(
                        Topology.CONTROL_EXCHANGE, Wire.encode(new ControlMessage.Cancel(List.of(id)))))
                .block(Duration.ofSeconds(5));
    }

    void assertEverythingSettled() {
        awaiting(() ->
                assertThat(broker.stats().received()).isEqualTo(broker.stats().settled()));
    }

    @Override
    public void close() {
        stop().block(Duration.ofSeconds(20));
        log.close();
        broker.close().block(Duration.ofSeconds(5));
    }
}
