package dev.sluice.processor;

import static dev.sluice.processor.StatusLog.awaiting;
import static dev.sluice.processor.TestWork.submit;
import static dev.sluice.processor.TestWork.work;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import dev.sluice.message.RequestId;
import dev.sluice.processor.handler.Context;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.queue.local.LocalBroker;
import dev.sluice.testkit.FaultyBroker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Behaviour that depends on time, in virtual time. */
class TimedProcessorTest {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final LocalBroker local = new LocalBroker();
    private final FaultyBroker broker = new FaultyBroker(local);
    private final StatusLog log = new StatusLog(local);
    private @Nullable Processor processor;

    @AfterEach
    void stop() {
        if (processor != null) {
            Mono<Void> stop = processor.stop();
            stop.subscribe();
            time.advanceTimeBy(Duration.ofMinutes(1));
            stop.block(Duration.ofSeconds(10));
        }
        log.close();
        local.close().block(Duration.ofSeconds(5));
    }

    @Test
    void handsBackWhatCouldNotEndBeforeTheBrokerLosesPatience() {
        start((_, _) -> Mono.never(), ReportLimits.DEFAULT);
        TestWork running = work().withCost(16).withTimeout(Duration.ofMinutes(25));
        TestWork waiting = work().withTimeout(Duration.ofMinutes(10));
        submit(broker, "k", running, waiting);
        log.sees(running.id(), Report.Started.class);

        time.advanceTimeBy(Duration.ofSeconds(17 * 60 + 30));
        assertThat(log.of(waiting.id())).isEmpty();
        time.advanceTimeBy(Duration.ofSeconds(6));

        assertThat(log.end(waiting.id(), Report.Released.class))
                .extracting(Report.Released::cause, Report.Released::pause)
                .containsExactly(Cause.HANDED_BACK, Duration.ofSeconds(60));
        assertThat(log.of(running.id())).noneMatch(Report::terminal);
    }

    @Test
    void handsBackWorkForWhichLongRunsLeaveTooFewTokens() {
        start((_, _) -> Mono.never(), ReportLimits.DEFAULT);
        TestWork hours = work().withCost(10).withTimeout(Duration.ofHours(2));
        TestWork minutes = work().withCost(5).withTimeout(Duration.ofMinutes(25));
        TestWork shutOut = work().withCost(7);
        TestWork next = work().withCost(2);
        submit(broker, "k", hours);
        submit(broker, "k", minutes, shutOut, next);
        log.sees(hours.id(), Report.Started.class);
        log.sees(minutes.id(), Report.Started.class);

        time.advanceTimeBy(Duration.ofSeconds(11));

        assertThat(log.end(shutOut.id(), Report.Released.class).cause()).isEqualTo(Cause.HANDED_BACK);
        time.advanceTimeBy(Duration.ofMinutes(5));
        assertThat(List.of(hours, minutes, next))
                .allSatisfy(work -> assertThat(log.of(work.id())).noneMatch(Report::terminal));
    }

    /** It would keep the tokens that are free from all other work, for hours. */
    @Test
    void handsBackWorkThatWantsAllTokensWhileALongRunHoldsSome() {
        start((_, _) -> Mono.never(), ReportLimits.DEFAULT);
        TestWork hours = work().withTimeout(Duration.ofHours(2));
        TestWork alone = work().runAlone();
        TestWork next = work();
        submit(broker, "k", hours);
        log.sees(hours.id(), Report.Started.class);
        submit(broker, "k", alone, next);
        awaitWaiting(2);

        time.advanceTimeBy(Duration.ofSeconds(11));

        assertThat(log.end(alone.id(), Report.Released.class).cause()).isEqualTo(Cause.HANDED_BACK);
        log.sees(next.id(), Report.Started.class);
        assertThat(log.of(hours.id())).noneMatch(Report::terminal);
    }

    /** Its processor was silent for so long that the request was dispatched again. */
    @Test
    void endsALongRunThatALaterDispatchOfItsRequestOutran() {
        start((_, _) -> Mono.never(), ReportLimits.DEFAULT);
        TestWork first = work().withCost(16).withTimeout(Duration.ofHours(2));
        submit(broker, "k", first);
        log.sees(first.id(), Report.Started.class);
        submit(broker, "k", first.withDispatch(2));
        awaitWaiting(1);

        time.advanceTimeBy(Duration.ofSeconds(6));

        awaiting(() -> assertThat(log.of(first.id()))
                .filteredOn(Report.Started.class::isInstance)
                .extracting(report -> report.fence().dispatch())
                .containsExactly(1, 2));
        assertThat(log.of(first.id()))
                .filteredOn(Report::terminal)
                .singleElement()
                .extracting(report -> report.fence().dispatch())
                .isEqualTo(1);
    }

    @Test
    void letsWorkWaitWhoseTimeoutIsTheLongest() {
        Sinks.One<Payload> result = Sinks.one();
        start((_, _) -> result.asMono(), ReportLimits.DEFAULT);
        TestWork running = work().withCost(16).withTimeout(Duration.ofMinutes(25));
        TestWork waiting = work().withTimeout(Duration.ofMinutes(25));
        submit(broker, "k", running, waiting);
        log.sees(running.id(), Report.Started.class);

        time.advanceTimeBy(Duration.ofMinutes(2));
        result.tryEmitValue(Payload.EMPTY);

        log.end(waiting.id(), Report.Succeeded.class);
    }

    @Test
    void reportsTheNewestProgressFourTimesASecondAndTheLastBeforeTheEnd() {
        AtomicReference<@Nullable Context> said = new AtomicReference<>();
        Sinks.One<Payload> result = Sinks.one();
        start(
                (_, context) -> {
                    said.set(context);
                    return result.asMono();
                },
                ReportLimits.DEFAULT);
        TestWork work = work();
        submit(broker, "k", work);
        log.sees(work.id(), Report.Started.class);
        Context context = Objects.requireNonNull(said.get());

        for (int i = 0; i < 100; i++) {
            context.progress(Integer.toString(i));
            time.advanceTimeBy(Duration.ofMillis(10));
        }
        result.tryEmitValue(Payload.EMPTY);

        assertThat(log.ended(work.id()).stream()
                        .filter(Report.Progress.class::isInstance)
                        .map(report -> ((Report.Progress) report).json()))
                .containsExactly("0", "24", "49", "74", "99");
        assertThat(log.of(work.id()))
                .extracting(Report::ordinal)
                .isEqualTo(IntStream.rangeClosed(1, 7).boxed().toList());
    }

    @Test
    void refusesProgressThatIsNotOneJsonValue() {
        for (String json : new String[] {"", "{", "1 2", "\"" + "x".repeat(4_096) + "\""}) {
            assertThatIllegalArgumentException().as(json).isThrownBy(() -> ProgressJson.checked(json));
        }
        assertThat(ProgressJson.of(50, "half \"done\""))
                .isEqualTo("{\"percent\":50,\"message\":\"half \\\"done\\\"\"}");
    }

    @Test
    void startsNothingWhileTooManyReportsWaitAndGoesOnAfterwards() {
        ReportLimits tight = new ReportLimits(10, DataSize.ofMegabytes(1), 20, DataSize.ofMegabytes(8));
        Sinks.Empty<Void> gate = broker.holdBack();
        start((work, _) -> Mono.just(work.payload()), tight);
        TestWork[] works = IntStream.range(0, 100).mapToObj(_ -> work()).toArray(TestWork[]::new);

        submit(local, "k", works);

        Processor running = Objects.requireNonNull(processor);
        awaiting(() ->
                assertThat(gauge(running, "sluice.processor.reports.pending")).isBetween(20.0, 21.0));
        assertThat(gauge(running, "sluice.processor.runs.waiting")).isBetween(88.0, 91.0);
        gate.tryEmitEmpty();

        for (RequestId id : List.of(works).stream().map(TestWork::id).toList()) {
            log.end(id, Report.Succeeded.class);
        }
    }

    @Test
    void listsInItsHeartbeatsWhatIsNotConfirmed() {
        Sinks.Empty<Void> gate = broker.holdBack();
        start((work, _) -> Mono.just(work.payload()), ReportLimits.DEFAULT);
        TestWork work = work();
        submit(local, "k", work);
        Processor running = Objects.requireNonNull(processor);
        awaiting(() -> assertThat(gauge(running, "sluice.processor.runs.held")).isEqualTo(1.0));

        gate.tryEmitEmpty();

        log.end(work.id(), Report.Succeeded.class);
        awaiting(() -> assertThat(gauge(running, "sluice.processor.runs.held")).isZero());
    }

    private void awaitWaiting(int runs) {
        Processor running = Objects.requireNonNull(processor);
        awaiting(() ->
                assertThat(gauge(running, "sluice.processor.runs.waiting")).isEqualTo(runs));
    }

    private static double gauge(Processor processor, String name) {
        var registry = new SimpleMeterRegistry();
        processor.metrics().bindTo(registry);
        return registry.get(name).gauge().value();
    }

    private void start(RequestHandler handler, ReportLimits limits) {
        ProcessorSettings settings =
                new ProcessorSettings(16, Duration.ofSeconds(5), Duration.ofSeconds(10), false, Map.of(), limits);
        Kinds kinds = Kinds.of(settings, Map.of("k", handler), Duration.ofMinutes(30), Clock.systemUTC());
        processor = Processor.start(broker, settings, kinds, Clock.systemUTC(), time);
    }
}
