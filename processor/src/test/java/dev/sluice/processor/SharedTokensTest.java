package dev.sluice.processor;

import static dev.sluice.processor.TestWork.submit;
import static dev.sluice.processor.TestWork.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.processor.handler.BlockingHandler;
import dev.sluice.processor.handler.RequestHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Which work runs beside which. */
class SharedTokensTest {

    private static final RequestHandler ECHO = (work, _) -> Mono.just(work.payload());

    private final TestProcessor it = new TestProcessor();

    @AfterEach
    void close() {
        it.close();
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
        it.start(counting);
        List<RequestId> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            TestWork[] works = IntStream.range(0, 10).mapToObj(_ -> work()).toArray(TestWork[]::new);
            submit(it.broker, "k", works);
            List.of(works).forEach(work -> ids.add(work.id()));
        }

        ids.forEach(id -> it.log.end(id, Report.Succeeded.class));
        assertThat(most.get()).isBetween(2, 16);
        it.assertEverythingSettled();
    }

    @Test
    void runsNothingBesideWorkThatMustBeAlone() {
        Sinks.One<Payload> first = Sinks.one();
        List<RequestId> calls = new CopyOnWriteArrayList<>();
        TestWork slow = work();
        TestWork alone = work().runAlone();
        TestWork after = work();
        it.start((work, _) -> {
            calls.add(work.id());
            return work.id().equals(slow.id()) ? first.asMono() : Mono.just(Payload.EMPTY);
        });

        submit(it.broker, "k", slow, alone, after);
        it.log.sees(slow.id(), Report.Started.class);
        assertThat(calls).containsExactly(slow.id());
        first.emitValue(Payload.EMPTY, Sinks.EmitFailureHandler.FAIL_FAST);

        it.log.end(after.id(), Report.Succeeded.class);
        assertThat(calls).containsExactly(slow.id(), alone.id(), after.id());
        assertThat(((Report.Started) it.log.of(alone.id()).getFirst()).alone()).isTrue();
        assertThat(((Report.Started) it.log.of(slow.id()).getFirst()).alone()).isFalse();
    }

    @Test
    void letsABlockingHandlerBlockNobodyElse() throws InterruptedException {
        var gate = new CountDownLatch(1);
        BlockingHandler blocking = (_, _) -> {
            gate.await();
            return Payload.EMPTY;
        };
        it.start(Map.of("k", ECHO, "slow", blocking.bounded(4)));
        TestWork slow = work();
        TestWork quick = work();

        submit(it.broker, "slow", slow);
        it.log.sees(slow.id(), Report.Started.class);
        submit(it.broker, "k", quick);

        it.log.end(quick.id(), Report.Succeeded.class);
        gate.countDown();
        it.log.end(slow.id(), Report.Succeeded.class);
    }
}
