package dev.sluice.gateway.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** What a batcher promises must hold whoever comes first: producers, lanes, cancels, close. */
class MicroBatcherRaceTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @Test
    void answersEveryItemOnceWhateverTheRace() throws InterruptedException {
        int producers = 8;
        int each = 5_000;
        AtomicInteger writers = new AtomicInteger();
        AtomicInteger mostWriters = new AtomicInteger();
        AtomicInteger written = new AtomicInteger();
        MicroBatcher<Integer, Integer> busy = new MicroBatcher<>(
                "busy",
                new BatchLimits(3, 64, 1_000_000, producers * each, 1_000_000),
                _ -> 1,
                items -> Mono.fromSupplier(() -> {
                            mostWriters.accumulateAndGet(writers.incrementAndGet(), Math::max);
                            written.addAndGet(items.size());
                            writers.decrementAndGet();
                            return items.stream().map(item -> -item).toList();
                        })
                        .subscribeOn(Schedulers.parallel()),
                meters);
        AtomicInteger answered = new AtomicInteger();
        Queue<Object> wrong = new ConcurrentLinkedQueue<>();

        onThreads(
                producers,
                producer -> IntStream.range(0, each)
                        .map(i -> producer * each + i)
                        .forEach(item -> busy.add(item)
                                .subscribe(
                                        answer -> {
                                            answered.incrementAndGet();
                                            if (answer != -item) {
                                                wrong.add(item + " was answered " + answer);
                                            }
                                        },
                                        wrong::add)));
        StepVerifier.create(busy.close()).expectComplete().verify(SOON);

        assertThat(wrong).isEmpty();
        assertThat(answered).hasValue(producers * each);
        assertThat(written).hasValue(producers * each);
        assertThat(mostWriters.get()).isBetween(1, 3);
        assertThat(gauge("sluice.batch.pending", "busy")).isZero();
        assertThat(gauge("sluice.batch.busy.lanes", "busy")).isZero();
    }

    @Test
    void neverHoldsMoreThanItsBoundWhateverTheRace() throws InterruptedException {
        Sinks.Empty<Void> written = Sinks.empty();
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        MicroBatcher<Integer, Integer> busy = new MicroBatcher<>(
                "busy",
                new BatchLimits(1, 10, 1_000, 100, 10_000),
                _ -> 1,
                items -> written.asMono().thenReturn(items),
                meters);

        onThreads(
                8,
                _ -> IntStream.range(0, 1_000)
                        .forEach(i ->
                                busy.add(i).subscribe(_ -> taken.incrementAndGet(), _ -> refused.incrementAndGet())));
        written.tryEmitEmpty();
        StepVerifier.create(busy.close()).expectComplete().verify(SOON);

        assertThat(taken).hasValue(100);
        assertThat(refused).hasValue(8_000 - 100);
    }

    @Test
    void closeLosesNoItemThatWasTaken() throws InterruptedException {
        for (int round = 0; round < 200; round++) {
            AtomicInteger ends = new AtomicInteger();
            AtomicInteger open = new AtomicInteger();
            MicroBatcher<Integer, Integer> closing = new MicroBatcher<>(
                    "closing",
                    new BatchLimits(2, 8, 1_000, 1_000, 1_000),
                    _ -> 1,
                    items -> Mono.just(items).publishOn(Schedulers.parallel()),
                    meters);

            onThreads(3, thread -> {
                if (thread == 0) {
                    closing.close().block(SOON);
                    return;
                }
                Flux.range(0, 50)
                        .doOnNext(_ -> open.incrementAndGet())
                        .flatMap(item -> closing.add(item).onErrorComplete(BatchOverflowException.class), 50)
                        .doOnTerminate(ends::incrementAndGet)
                        .blockLast(SOON);
            });

            assertThat(ends).as("round %d", round).hasValue(2);
            assertThat(open).hasValue(100);
        }
    }

    @Test
    void cancelsAtAnyMomentHoldNothing() throws InterruptedException {
        MicroBatcher<Integer, Integer> busy = new MicroBatcher<>(
                "busy",
                new BatchLimits(2, 32, 1_000_000, 100_000, 1_000_000),
                _ -> 1,
                items -> Mono.just(items).publishOn(Schedulers.parallel()),
                meters);

        onThreads(
                4,
                _ -> IntStream.range(0, 5_000).forEach(i -> {
                    Disposable wait = busy.add(i).subscribe();
                    if (ThreadLocalRandom.current().nextBoolean()) {
                        wait.dispose();
                    }
                }));

        StepVerifier.create(busy.close()).expectComplete().verify(SOON);
        assertThat(gauge("sluice.batch.pending.bytes", "busy")).isZero();
    }

    private double gauge(String name, String of) {
        return meters.get(name).tag("batcher", of).gauge().value();
    }

    /** Lets threads begin together and waits for them. */
    private static void onThreads(int count, IntConsumer action) throws InterruptedException {
        CountDownLatch begin = new CountDownLatch(count);
        List<Thread> threads = IntStream.range(0, count)
                .mapToObj(number -> Thread.ofPlatform().start(() -> {
                    begin.countDown();
                    try {
                        begin.await();
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    }
                    action.accept(number);
                }))
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
