package dev.sluice.processor;

import static dev.sluice.processor.StatusLog.awaiting;
import static dev.sluice.processor.TestWork.json;
import static dev.sluice.processor.TestWork.submit;
import static dev.sluice.processor.TestWork.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import dev.sluice.processor.handler.Context;
import dev.sluice.processor.handler.HandlerException;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** How a processor treats the work that it receives, and how it reports it. */
class ProcessorTest {

    private static final RequestHandler ECHO = (work, _) -> Mono.just(work.payload());
    private static final RequestHandler NEVER = (_, _) -> Mono.never();

    private final TestProcessor it = new TestProcessor();

    @AfterEach
    void close() {
        it.close();
    }

    @Test
    void reportsStartAndResultInOneMessageAndThenAcks() {
        it.start(ECHO);
        TestWork work = work().with(json("{\"a\":1}"));

        submit(it.broker, "k", work);

        assertThat(it.log.ended(work.id()))
                .satisfiesExactly(
                        started -> assertThat(started)
                                .isInstanceOf(Report.Started.class)
                                .matches(r -> r.ordinal() == 1),
                        last -> assertThat(last)
                                .isInstanceOf(Report.Succeeded.class)
                                .matches(r -> r.ordinal() == 2));
        assertThat(it.log.batches()).containsExactly(2);
        assertThat(it.log.end(work.id(), Report.Succeeded.class).result().bytes())
                .isEqualTo(work.payload().bytes());
        it.assertEverythingSettled();
    }

    @Test
    void runsEachRequestOfAnEnvelopeOnce() {
        it.start(ECHO);
        TestWork[] works = IntStream.range(0, 100).mapToObj(_ -> work()).toArray(TestWork[]::new);

        submit(it.broker, "k", works);

        for (TestWork work : works) {
            assertThat(it.log.ended(work.id())).hasSize(2);
        }
        it.assertEverythingSettled();
    }

    @Test
    void doesNotRunRedeliveredWorkButHandsEachRequestBack() {
        AtomicInteger calls = new AtomicInteger();
        TestWork first = work();
        TestWork second = work();
        submit(it.broker, "k", first, second);
        it.broker
                .consume(Topology.work("k"), 1)
                .take(1)
                .doOnNext(ReceivedMessage::requeue)
                .blockLast(Duration.ofSeconds(5));

        it.start((_, _) -> Mono.fromCallable(calls::incrementAndGet).thenReturn(Payload.EMPTY));

        for (TestWork work : List.of(first, second)) {
            assertThat(it.log.ended(work.id())).singleElement().satisfies(report -> {
                assertThat(report).isInstanceOf(Report.Released.class);
                assertThat(((Report.Released) report).cause()).isEqualTo(Cause.REDELIVERED);
                assertThat(report.fence()).isEqualTo(new Fence(1, 1));
                assertThat(report.ordinal()).isEqualTo(1);
            });
        }
        assertThat(calls).hasValue(0);
        it.assertEverythingSettled();
    }

    @Test
    void rejectsWhatItCannotRead() {
        it.start(ECHO);
        List<ReceivedMessage> dead = new CopyOnWriteArrayList<>();
        it.broker.consume(Topology.dead(), 10).subscribe(dead::add);

        submit(it.broker, "k", new byte[] {9, 9, 9});

        awaiting(() -> assertThat(dead)
                .singleElement()
                .satisfies(message -> assertThat(message.body()).isEqualTo(new byte[] {9, 9, 9})));
        TestWork after = work();
        submit(it.broker, "k", after);
        it.log.end(after.id(), Report.Succeeded.class);
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
        it.start(handlers);

        assertThat(it.failedOf("transient"))
                .extracting(Report.Failed::failureClass, Report.Failed::retryAfter)
                .containsExactly(FailureClass.TRANSIENT, Duration.ofSeconds(7));
        assertThat(it.failedOf("permanent"))
                .extracting(Report.Failed::failureClass, Report.Failed::failure)
                .containsExactly(FailureClass.PERMANENT, failure);
        assertThat(it.failedOf("not-yet"))
                .extracting(Report.Failed::failureClass, Report.Failed::retryAfter)
                .containsExactly(FailureClass.NOT_YET, Duration.ofMinutes(1));
        assertThat(it.failedOf("unknown").failure())
                .isEqualTo(new Failure("handler-error", "java.lang.IllegalStateException", "boom"));
        assertThat(it.failedOf("throws").failure().title()).isEqualTo("java.lang.StackOverflowError");
    }

    @Test
    void handsBackWhatCostsMoreThanThereIs() {
        it.start(ECHO);
        TestWork work = work().withCost(17);
        TestWork alone = work().withCost(17).runAlone();

        submit(it.broker, "k", work, alone);

        for (TestWork each : List.of(work, alone)) {
            assertThat(it.log.end(each.id(), Report.Released.class))
                    .extracting(Report.Released::cause, Report.Released::pause, Report.Released::cost)
                    .containsExactly(Cause.COST_EXCEEDS_TOKENS, Duration.ofSeconds(1), 17);
        }
        it.assertEverythingSettled();
    }

    @Test
    void failsAResultThatIsTooLargeAndReportsOneAtTheLimit() {
        it.start(Map.of(
                "fits", (_, _) -> Mono.just(new Payload(Payload.BINARY, new byte[Verdict.MAX_RESULT])),
                "large", (_, _) -> Mono.just(new Payload(Payload.BINARY, new byte[Verdict.MAX_RESULT + 1]))));
        TestWork fits = work();

        submit(it.broker, "fits", fits);

        assertThat(it.log.end(fits.id(), Report.Succeeded.class).result().size())
                .isEqualTo(Verdict.MAX_RESULT);
        assertThat(it.failedOf("large").failure().code()).isEqualTo("result-too-large");
    }

    @Test
    void endsAnAttemptWhoseTimeIsOver() {
        it.start(NEVER);
        TestWork work = work().withTimeout(Duration.ofMillis(50));

        submit(it.broker, "k", work);

        Report.Failed failed = it.log.end(work.id(), Report.Failed.class);
        assertThat(failed.failureClass()).isEqualTo(FailureClass.TRANSIENT);
        assertThat(failed.failure().code()).isEqualTo("timeout");
        it.assertEverythingSettled();
    }

    @Test
    void reportsOutputInChunksBeforeTheEnd() {
        byte[] bytes = new byte[40_000];
        it.start((_, context) -> context.output(bytes).thenReturn(Payload.EMPTY));
        TestWork work = work();

        submit(it.broker, "k", work);

        List<Integer> sizes = it.log.ended(work.id()).stream()
                .filter(Report.Output.class::isInstance)
                .map(report -> ((Report.Output) report).chunk().length)
                .toList();
        assertThat(sizes).containsExactly(16_384, 16_384, 7_232);
        assertThat(it.log.of(work.id())).extracting(Report::ordinal).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void refusesOutputBeyondItsBound() {
        it.start((_, context) ->
                context.output(new byte[Context.MAX_UNCONFIRMED + 1]).thenReturn(Payload.EMPTY));

        assertThat(it.failedOf("k").failure().title()).isEqualTo("java.lang.IllegalStateException");
    }

    @Test
    void tellsWhatItHoldsAtOnceAndAgain() {
        it.start(NEVER);
        TestWork work = work();
        it.log.seesHeartbeat(beat -> {
            assertThat(beat.number()).isEqualTo(1);
            assertThat(beat.kinds()).singleElement().satisfies(offer -> {
                assertThat(offer.kind()).isEqualTo("k");
                assertThat(offer.maxEnvelope()).isEqualTo(16);
            });
        });

        submit(it.broker, "k", work);

        it.log.seesHeartbeat(beat -> {
            assertThat(beat.held()).singleElement().satisfies(held -> {
                assertThat(held.id()).isEqualTo(work.id());
                assertThat(held.fence()).isEqualTo(new Fence(1, 0));
                assertThat(held.running()).isTrue();
            });
            assertThat(beat.tokensInUse()).isEqualTo(1);
        });
    }

    private static RequestHandler fails(Throwable failure) {
        return (_, _) -> Mono.error(failure);
    }
}
