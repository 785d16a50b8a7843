package dev.sluice.processor;

import static dev.sluice.processor.TestWork.json;
import static dev.sluice.processor.TestWork.submit;
import static dev.sluice.processor.TestWork.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import dev.sluice.message.RequestId;
import dev.sluice.processor.handler.RequestHandler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** How work ends on a cancel or a stop. */
class CancelAndDrainTest {

    private static final RequestHandler NEVER = (_, _) -> Mono.never();

    private final TestProcessor it = new TestProcessor();

    @AfterEach
    void close() {
        it.close();
    }

    @Test
    void cancelsWhatRunsAndWhatWaits() {
        Sinks.Empty<Void> cancelled = Sinks.empty();
        it.start((_, _) -> Mono.<Payload>never().doOnCancel(cancelled::tryEmitEmpty));
        TestWork running = work().withCost(16);
        TestWork waiting = work();
        submit(it.broker, "k", running, waiting);
        it.log.sees(running.id(), Report.Started.class);

        it.cancel(waiting.id());
        assertThat(it.log.ended(waiting.id())).singleElement().isInstanceOf(Report.Canceled.class);
        it.cancel(running.id());

        it.log.end(running.id(), Report.Canceled.class);
        cancelled.asMono().block(Duration.ofSeconds(5));
        it.assertEverythingSettled();
    }

    @Test
    void neverStartsWorkThatWasCanceledBeforeItCame() {
        List<RequestId> calls = new CopyOnWriteArrayList<>();
        it.start((work, _) -> {
            calls.add(work.id());
            return Mono.never();
        });
        TestWork canceled = work();
        TestWork running = work();
        submit(it.broker, "k", running);
        it.log.sees(running.id(), Report.Started.class);
        it.cancel(canceled.id());
        it.cancel(running.id()); // the processor hears of this one later, so it has heard of the first
        it.log.end(running.id(), Report.Canceled.class);

        submit(it.broker, "k", canceled);

        assertThat(it.log.ended(canceled.id())).singleElement().isInstanceOf(Report.Canceled.class);
        assertThat(calls).containsExactly(running.id());
        it.assertEverythingSettled();
    }

    @Test
    void neverStartsCanceledWorkThatCameWhileNoTokensWereFree() {
        List<RequestId> calls = new CopyOnWriteArrayList<>();
        it.start((work, _) -> {
            calls.add(work.id());
            return Mono.never();
        });
        TestWork running = work().withCost(15);
        TestWork heardLater = work();
        TestWork canceled = work().withCost(2);
        submit(it.broker, "k", running, heardLater);
        it.log.sees(heardLater.id(), Report.Started.class);
        it.cancel(canceled.id());
        it.cancel(heardLater.id());
        it.log.end(heardLater.id(), Report.Canceled.class);

        submit(it.broker, "k", canceled);

        assertThat(it.log.ended(canceled.id())).singleElement().isInstanceOf(Report.Canceled.class);
        assertThat(calls).containsExactly(running.id(), heardLater.id());
    }

    @Test
    void letsAHandlerThatListensEndByItself() {
        it.start((_, context) -> context.canceled().thenReturn(json("\"in time\"")));
        TestWork work = work();
        submit(it.broker, "k", work);
        it.log.sees(work.id(), Report.Started.class);

        it.cancel(work.id());

        assertThat(it.log.end(work.id(), Report.Succeeded.class).result().bytes())
                .isEqualTo(json("\"in time\"").bytes());
    }

    @Test
    void countsAnErrorAfterACancelAsCanceled() {
        it.start((_, context) -> context.canceled().then(Mono.error(new IllegalStateException("told to end"))));
        TestWork work = work();
        submit(it.broker, "k", work);
        it.log.sees(work.id(), Report.Started.class);

        it.cancel(work.id());

        it.log.end(work.id(), Report.Canceled.class);
    }

    @Test
    void drainsByHandingBackWhatWaitsAndInterruptingWhatRuns() {
        it.start(NEVER, Duration.ofSeconds(1));
        TestWork running = work().withCost(16);
        TestWork waiting = work();
        submit(it.broker, "k", running, waiting);
        it.log.sees(running.id(), Report.Started.class);

        it.stop().block(Duration.ofSeconds(3));

        for (TestWork work : List.of(waiting, running)) {
            assertThat(it.log.end(work.id(), Report.Released.class))
                    .extracting(Report.Released::cause, Report.Released::pause)
                    .containsExactly(Cause.HANDED_BACK, Duration.ZERO);
        }
        it.log.seesHeartbeat(beat -> {
            assertThat(beat.stopping()).isTrue();
            assertThat(beat.held()).isEmpty();
        });
        it.assertEverythingSettled();
    }

    @Test
    void letsRunningWorkEndWhileItDrains() {
        Sinks.One<Payload> result = Sinks.one();
        it.start((_, _) -> result.asMono());
        TestWork work = work();
        submit(it.broker, "k", work);
        it.log.sees(work.id(), Report.Started.class);

        Mono<Void> stop = it.stop();
        stop.subscribe();
        result.emitValue(Payload.EMPTY, Sinks.EmitFailureHandler.FAIL_FAST);
        stop.block(Duration.ofSeconds(5));

        it.log.end(work.id(), Report.Succeeded.class);
    }
}
