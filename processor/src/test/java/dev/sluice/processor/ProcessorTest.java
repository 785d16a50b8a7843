package dev.sluice.processor;

import static dev.sluice.processor.StatusLog.awaiting;
import static dev.sluice.processor.TestWork.json;
import static dev.sluice.processor.TestWork.submit;
import static dev.sluice.processor.TestWork.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.ControlMessage;
import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.processor.handler.BlockingHandler;
import dev.sluice.processor.handler.Context;
import dev.sluice.processor.handler.HandlerException;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import dev.sluice.queue.local.LocalBroker;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class ProcessorTest {

    private static final Duration CONSUMER_TIMEOUT = Duration.ofMinutes(30);
    private static final RequestHandler ECHO = (work, _) -> Mono.just(work.payload());
    private static final RequestHandler NEVER = (_, _) -> Mono.never();

    private final LocalBroker broker = new LocalBroker();
    private final StatusLog log = new StatusLog(broker);
    private @Nullable Processor processor;

    @AfterEach
    void stop() {
        if (processor != null) {
            processor.stop().block(Duration.ofSeconds(20));
        }
        log.close();
        broker.close().block(Duration.ofSeconds(5));
    }

    @Test
    void reportsStartAndResultInOneMessageAndThenAcks() {
        start(ECHO);
        TestWork work = work().with(json("{\"a\":1}"));

        submit(broker, "k", work);

        assertThat(log.ended(work.id()))
                .satisfiesExactly(
                        started -> assertThat(started)
                                .isInstanceOf(Report.Started.class)
                                .matches(r -> r.ordinal() == 1),
                        last -> assertThat(last)
                                .isInstanceOf(Report.Succeeded.class)
                                .matches(r -> r.ordinal() == 2));
        assertThat(log.batches()).containsExactly(2);
        assertThat(log.end(work.id(), Report.Succeeded.class).result().bytes())
                .isEqualTo(work.payload().bytes());
        assertEverythingSettled();
    }

    @Test
    void runsEachRequestOfAnEnvelopeOnce() {
        start(ECHO);
        TestWork[] works = IntStream.range(0, 100).mapToObj(_ -> work()).toArray(TestWork[]::new);

        submit(broker, "k", works);

        for (TestWork work : works) {
            assertThat(log.ended(work.id())).hasSize(2);
        }
        assertEverythingSettled();
    }

    @Test
    void doesNotRunRedeliveredWorkButHandsEachRequestBack() {
        AtomicInteger calls = new AtomicInteger();
        TestWork first = work();
        TestWork second = work();
        submit(broker, "k", first, second);
        broker.consume(Topology.work("k"), 1)
                .take(1)
                .doOnNext(ReceivedMessage::requeue)
                .blockLast(Duration.ofSeconds(5));

        start((_, _) -> Mono.fromCallable(calls::incrementAndGet).thenReturn(Payload.EMPTY));

        for (TestWork work : List.of(first, second)) {
            assertThat(log.ended(work.id())).singleElement().satisfies(report -> {
                assertThat(report).isInstanceOf(Report.Released.class);
                assertThat(((Report.Released) report).redelivered()).isTrue();
                assertThat(report.fence()).isEqualTo(new Fence(1, 1));
                assertThat(report.ordinal()).isEqualTo(1);
            });
        }
        assertThat(calls).hasValue(0);
        assertEverythingSettled();
    }

    @Test
    void rejectsWhatItCannotRead() {
        start(ECHO);
        List<ReceivedMessage> dead = new CopyOnWriteArrayList<>();
        broker.consume(Topology.dead(), 10).subscribe(dead::add);

        submit(broker, "k", new byte[] {9, 9, 9});

        awaiting(() -> assertThat(dead)
                .singleElement()
                .satisfies(message -> assertThat(message.body()).isEqualTo(new byte[] {9, 9, 9})));
        TestWork after = work();
        submit(broker, "k", after);
        log.end(after.id(), Report.Succeeded.class);
    }

    @Test
    void classifiesFailuresAsTheHandlerSays() {
        Failure failure = new Failure("busy", "Busy", "very");
        Map<String, RequestHandler> handlers = Map.of(
                "transient", fails(new HandlerException.Transient(failure, Duration.ofSeconds(7))),
                "permanent", fails(new HandlerException.Permanent(failure)),
                "not-yet", fails(new HandlerException.NotYet(failure, Duration.ofMinutes(1))),
                "unknown", fails(new IllegalStateException("boom")),
                "throws",
                        (_, _) -> {
                            throw new StackOverflowError("deep");
                        });
        start(handlers);

        assertThat(failedOf("transient"))
                .extracting(Report.Failed::failureClass, Report.Failed::retryAfter)
                .containsExactly(FailureClass.TRANSIENT, Duration.ofSeconds(7));
        assertThat(failedOf("permanent"))
                .extracting(Report.Failed::failureClass, Report.Failed::failure)
                .containsExactly(FailureClass.PERMANENT, failure);
        assertThat(failedOf("not-yet"))
                .extracting(Report.Failed::failureClass, Report.Failed::retryAfter)
                .containsExactly(FailureClass.NOT_YET, Duration.ofMinutes(1));
        assertThat(failedOf("unknown").failure())
                .isEqualTo(new Failure("handler-error", "java.lang.IllegalStateException", "boom"));
        assertThat(failedOf("throws").failure().title()).isEqualTo("java.lang.StackOverflowError");
    }

    @Test
    void failsWhatCostsMoreThanThereIs() {
        start(ECHO);
        TestWork work = work().withCost(17);

        submit(broker, "k", work);

        assertThat(log.ended(work.id())).singleElement().isInstanceOf(Report.Failed.class);
        assertThat(log.end(work.id(), Report.Failed.class).failure().code()).isEqualTo("cost-exceeds-tokens");
    }

    @Test
    void failsAResultThatIsTooLargeAndReportsOneAtTheLimit() {
        start(Map.of(
                "fits", (_, _) -> Mono.just(new Payload(Payload.BINARY, new byte[Verdict.MAX_RESULT])),
                "large", (_, _) -> Mono.just(new Payload(Payload.BINARY, new byte[Verdict.MAX_RESULT + 1]))));
        TestWork fits = work();

        submit(broker, "fits", fits);

        assertThat(log.end(fits.id(), Report.Succeeded.class).result().size()).isEqualTo(Verdict.MAX_RESULT);
        assertThat(failedOf("large").failure().code()).isEqualTo("result-too-large");
    }

    @Test
    void neverUsesMoreTokensThanThereAre() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        RequestHandler counting = (_, _) -> Mono.defer(() -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    return Mono.delay(Duration.ofMillis(2));
                })
                .map(_ -> {
                    running.decrementAndGet();
                    return Payload.EMPTY;
                });
        start(counting);
        List<RequestId> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            TestWork[] works = IntStream.range(0, 10).mapToObj(_ -> work()).toArray(TestWork[]::new);
            submit(broker, "k", works);
            List.of(works).forEach(work -> ids.add(work.id()));
        }

        ids.forEach(id -> log.end(id, Report.Succeeded.class));
        assertThat(most.get()).isBetween(2, 16);
        assertEverythingSettled();
    }

    @Test
    void runsNothingBesideWorkThatMustBeAlone() {
        Sinks.One<Payload> first = Sinks.one();
        List<RequestId> calls = new CopyOnWriteArrayList<>();
        TestWork slow = work();
        TestWork alone = work().runAlone();
        TestWork after = work();
        start((work, _) -> {
            calls.add(work.id());
            return work.id().equals(slow.id()) ? first.asMono() : Mono.just(Payload.EMPTY);
        });

        submit(broker, "k", slow, alone, after);
        log.sees(slow.id(), Report.Started.class);
        assertThat(calls).containsExactly(slow.id());
        first.emitValue(Payload.EMPTY, Sinks.EmitFailureHandler.FAIL_FAST);

        log.end(after.id(), Report.Succeeded.class);
        assertThat(calls).containsExactly(slow.id(), alone.id(), after.id());
        assertThat(((Report.Started) log.of(alone.id()).getFirst()).alone()).isTrue();
        assertThat(((Report.Started) log.of(slow.id()).getFirst()).alone()).isFalse();
    }

    @Test
    void cancelsWhatRunsAndWhatWaits() {
        Sinks.Empty<Void> cancelled = Sinks.empty();
        start((_, _) -> Mono.<Payload>never().doOnCancel(cancelled::tryEmitEmpty));
        TestWork running = work().withCost(16);
        TestWork waiting = work();
        submit(broker, "k", running, waiting);
        log.sees(running.id(), Report.Started.class);

        cancel(waiting.id());
        assertThat(log.ended(waiting.id())).singleElement().isInstanceOf(Report.Canceled.class);
        cancel(running.id());

        log.end(running.id(), Report.Canceled.class);
        cancelled.asMono().block(Duration.ofSeconds(5));
        assertEverythingSettled();
    }

    @Test
    void letsAHandlerThatListensEndByItself() {
        start((_, context) -> context.canceled().thenReturn(json("\"in time\"")));
        TestWork work = work();
        submit(broker, "k", work);
        log.sees(work.id(), Report.Started.class);

        cancel(work.id());

        assertThat(log.end(work.id(), Report.Succeeded.class).result().bytes())
                .isEqualTo(json("\"in time\"").bytes());
    }

    @Test
    void countsAnErrorAfterACancelAsCanceled() {
        start((_, context) -> context.canceled().then(Mono.error(new IllegalStateException("told to end"))));
        TestWork work = work();
        submit(broker, "k", work);
        log.sees(work.id(), Report.Started.class);

        cancel(work.id());

        log.end(work.id(), Report.Canceled.class);
    }

    @Test
    void endsAnAttemptWhoseTimeIsOver() {
        start(NEVER);
        TestWork work = work().withTimeout(Duration.ofMillis(50));

        submit(broker, "k", work);

        Report.Failed failed = log.end(work.id(), Report.Failed.class);
        assertThat(failed.failureClass()).isEqualTo(FailureClass.TRANSIENT);
        assertThat(failed.failure().code()).isEqualTo("timeout");
        assertEverythingSettled();
    }

    @Test
    void reportsOutputInChunksBeforeTheEnd() {
        byte[] bytes = new byte[40_000];
        start((_, context) -> context.output(bytes).thenReturn(Payload.EMPTY));
        TestWork work = work();

        submit(broker, "k", work);

        List<Integer> sizes = log.ended(work.id()).stream()
                .filter(Report.Output.class::isInstance)
                .map(report -> ((Report.Output) report).chunk().length)
                .toList();
        assertThat(sizes).containsExactly(16_384, 16_384, 7_232);
        assertThat(log.of(work.id())).extracting(Report::ordinal).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void refusesOutputBeyondItsBound() {
        start((_, context) ->
                context.output(new byte[Context.MAX_UNCONFIRMED + 1]).thenReturn(Payload.EMPTY));

        assertThat(failedOf("k").failure().title()).isEqualTo("java.lang.IllegalStateException");
    }

    @Test
    void tellsWhatItHoldsAtOnceAndAgain() {
        start(NEVER);
        TestWork work = work();
        log.seesHeartbeat(beat -> {
            assertThat(beat.number()).isEqualTo(1);
            assertThat(beat.kinds()).singleElement().satisfies(offer -> {
                assertThat(offer.kind()).isEqualTo("k");
                assertThat(offer.maxEnvelope()).isEqualTo(16);
            });
        });

        submit(broker, "k", work);

        log.seesHeartbeat(beat -> {
            assertThat(beat.held()).singleElement().satisfies(held -> {
                assertThat(held.id()).isEqualTo(work.id());
                assertThat(held.fence()).isEqualTo(new Fence(1, 0));
                assertThat(held.running()).isTrue();
            });
            assertThat(beat.tokensInUse()).isEqualTo(1);
        });
    }

    @Test
    void drainsByHandingBackWhatWaitsAndInterruptingWhatRuns() {
        start(NEVER, Duration.ofSeconds(1));
        TestWork running = work().withCost(16);
        TestWork waiting = work();
        submit(broker, "k", running, waiting);
        log.sees(running.id(), Report.Started.class);

        requireNonNull(processor).stop().block(Duration.ofSeconds(3));

        assertThat(log.end(waiting.id(), Report.Released.class).redelivered()).isFalse();
        assertThat(log.end(running.id(), Report.Released.class).redelivered()).isFalse();
        log.seesHeartbeat(beat -> {
            assertThat(beat.stopping()).isTrue();
            assertThat(beat.held()).isEmpty();
        });
        assertEverythingSettled();
    }

    @Test
    void letsRunningWorkEndWhileItDrains() {
        Sinks.One<Payload> result = Sinks.one();
        start((_, _) -> result.asMono());
        TestWork work = work();
        submit(broker, "k", work);
        log.sees(work.id(), Report.Started.class);

        Mono<Void> stop = requireNonNull(processor).stop();
        stop.subscribe();
        result.emitValue(Payload.EMPTY, Sinks.EmitFailureHandler.FAIL_FAST);
        stop.block(Duration.ofSeconds(5));

        log.end(work.id(), Report.Succeeded.class);
    }

    @Test
    void letsABlockingHandlerBlockNobodyElse() throws InterruptedException {
        var gate = new CountDownLatch(1);
        BlockingHandler blocking = (_, _) -> {
            gate.await();
            return Payload.EMPTY;
        };
        start(Map.of("k", ECHO, "slow", blocking.bounded(4)));
        TestWork slow = work();
        TestWork quick = work();

        submit(broker, "slow", slow);
        log.sees(slow.id(), Report.Started.class);
        submit(broker, "k", quick);

        log.end(quick.id(), Report.Succeeded.class);
        gate.countDown();
        log.end(slow.id(), Report.Succeeded.class);
    }

    private void start(RequestHandler handler) {
        start(handler, Duration.ofSeconds(10));
    }

    private void start(RequestHandler handler, Duration drain) {
        start(Map.of("k", handler), drain);
    }

    private void start(Map<String, RequestHandler> handlers) {
        start(handlers, Duration.ofSeconds(1));
    }

    private void start(Map<String, RequestHandler> handlers, Duration drain) {
        ProcessorSettings settings =
                new ProcessorSettings(16, Duration.ofMillis(100), drain, false, Map.of(), ReportLimits.DEFAULT);
        processor = Processor.start(broker, settings, handlers, CONSUMER_TIMEOUT, Clock.systemUTC());
    }

    private Report.Failed failedOf(String kind) {
        TestWork work = work();
        submit(broker, kind, work);
        return log.end(work.id(), Report.Failed.class);
    }

    private void cancel(RequestId id) {
        broker.publish(OutboundMessage.hint(
                        Topology.CONTROL_EXCHANGE, Wire.encode(new ControlMessage.Cancel(List.of(id)))))
                .block(Duration.ofSeconds(5));
    }

    private void assertEverythingSettled() {
        awaiting(() ->
                assertThat(broker.stats().received()).isEqualTo(broker.stats().settled()));
    }

    private static RequestHandler fails(Throwable failure) {
        return (_, _) -> Mono.error(failure);
    }

    private static <T> T requireNonNull(@Nullable T value) {
        return Objects.requireNonNull(value);
    }
}
