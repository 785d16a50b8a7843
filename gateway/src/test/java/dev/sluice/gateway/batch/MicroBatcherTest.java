package dev.sluice.gateway.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sluice.gateway.batch.BatchOverflowException.Bound;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class MicroBatcherTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int MAX_PENDING = 100;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    /** A batch that is being written; the test says when and how it ends. */
    private record Writing(List<String> items, Sinks.One<List<String>> end) {

        void succeed() {
            end.tryEmitValue(items.stream().map(item -> item + "!").toList());
        }
    }

    private final Queue<Writing> writings = new ConcurrentLinkedQueue<>();

    private final MicroBatcher<String, String> batcher = batcher(new BatchLimits(1, 10, 1_000, MAX_PENDING, 10_000));

    @Test
    void writesOneItemAtOnce() {
        Mono<String> answer = batcher.add("a").cache();

        answer.subscribe();

        assertThat(writing().items()).containsExactly("a");
    }

    @Test
    void writesTogetherAllItemsThatWaitWhenALaneIsFree() {
        batcher.add("first").subscribe();
        List.of("a", "b", "c").forEach(item -> batcher.add(item).subscribe());
        assertThat(writings).hasSize(1);

        writing().succeed();

        assertThat(writing().items()).containsExactly("a", "b", "c");
    }

    @Test
    void usesEachLane() {
        MicroBatcher<String, String> two = batcher(new BatchLimits(2, 10, 1_000, MAX_PENDING, 10_000));

        List.of("a", "b", "c").forEach(item -> two.add(item).subscribe());

        assertThat(writings).extracting(Writing::items).containsExactly(List.of("a"), List.of("b"));
    }

    @Test
    void endsABatchAtMaxSize() {
        batcher.add("first").subscribe();
        IntStream.range(0, 12).forEach(i -> batcher.add("i" + i).subscribe());

        writing().succeed();

        assertThat(writing().items()).hasSize(10).endsWith("i9");
    }

    @Test
    void endsABatchAtMaxBytes() {
        batcher.add("first").subscribe();
        String heavy = "x".repeat(400);
        IntStream.range(0, 3).forEach(_ -> batcher.add(heavy).subscribe());

        writing().succeed();

        assertThat(writing().items()).hasSize(2);
    }

    @Test
    void writesAnItemAloneThatIsLargerThanABatch() {
        batcher.add("first").subscribe();
        batcher.add("x".repeat(2_000)).subscribe();
        batcher.add("after").subscribe();

        writing().succeed();

        assertThat(writing().items()).hasSize(1);
    }

    @Test
    void answersEachItemWithItsOwnResult() {
        batcher.add("first").subscribe();
        List<String> answers = new ArrayList<>();
        List.of("a", "b").forEach(item -> batcher.add(item).subscribe(answers::add));

        writing().succeed();
        writing().succeed();

        assertThat(answers).containsExactly("a!", "b!");
    }

    @Test
    void refusesItemsBeyondMaxPending() {
        fill(MAX_PENDING, "i");

        assertThat(refusal("one too many")).isEqualTo(Bound.ITEMS);
    }

    @Test
    void refusesBytesBeyondMaxPendingBytes() {
        fill(9, "x".repeat(1_100));

        assertThat(refusal("x".repeat(101))).isEqualTo(Bound.BYTES);
    }

    @Test
    void takesOneItemHoweverLarge() {
        batcher.add("x".repeat(20_000)).subscribe();

        assertThat(writings).hasSize(1);
    }

    @Test
    void takesItemsAgainAfterTheAnswers() {
        fill(MAX_PENDING, "i");
        writing().succeed();

        batcher.add("again").subscribe();

        assertThat(gauge("sluice.batch.pending")).isEqualTo(MAX_PENDING);
    }

    @Test
    void aRefusalTakesNothing() {
        fill(MAX_PENDING, "i");
        refusal("one too many");

        assertThat(gauge("sluice.batch.pending")).isEqualTo(MAX_PENDING);
        assertThat(gauge("sluice.batch.pending.bytes")).isEqualTo(MAX_PENDING);
    }

    @Test
    void failsTheItemsOfAFailedBatchAndGoesOn() {
        List<String> ends = new ArrayList<>();
        List.of("a", "b")
                .forEach(item -> batcher.add(item).subscribe(ends::add, error -> ends.add(error.getMessage())));

        writing().end().tryEmitError(new IllegalArgumentException("disk full"));
        writing().succeed();

        assertThat(ends).containsExactly("disk full", "b!");
    }

    @Test
    void failsItemsThatGotNoResult() {
        StepVerifier.create(batcher.add("a"))
                .then(() -> writing().end().tryEmitValue(List.of()))
                .expectErrorMessage("test wrote 1 items and got 0 results")
                .verify(SOON);

        StepVerifier.create(batcher.add("b"))
                .then(() -> writing().end().tryEmitEmpty())
                .expectErrorMessage("test wrote a batch and got no results")
                .verify(SOON);
        assertThat(gauge("sluice.batch.busy.lanes")).isZero();
    }

    @Test
    void survivesAWriteThatThrows() {
        MicroBatcher<String, String> broken = new MicroBatcher<>(
                "broken",
                new BatchLimits(1, 10, 1_000, MAX_PENDING, 10_000),
                String::length,
                _ -> {
                    throw new IllegalArgumentException("a bug");
                },
                meters);

        StepVerifier.create(broken.add("a")).expectErrorMessage("a bug").verify(SOON);
        StepVerifier.create(broken.add("b")).expectErrorMessage("a bug").verify(SOON);
    }

    @Test
    void goesOnAfterAnErrorThatWriteThrows() {
        MicroBatcher<String, String> broken = brokenOnce(() -> {
            throw new StackOverflowError("too deep");
        });

        assertGoesOn(broken, "too deep");
    }

    @Test
    void goesOnAfterAnErrorWithinTheWrite() {
        MicroBatcher<String, String> broken = brokenOnce(() -> Mono.fromCallable(() -> {
            throw new NoClassDefFoundError("no such class");
        }));

        assertGoesOn(broken, "no such class");
    }

    @Test
    void goesOnAfterAnErrorOfAnItemsSize() {
        AtomicInteger asked = new AtomicInteger();
        MicroBatcher<String, String> broken = new MicroBatcher<>(
                "broken",
                new BatchLimits(1, 10, 1_000, MAX_PENDING, 10_000),
                item -> {
                    if (asked.getAndIncrement() == 0) {
                        throw new StackOverflowError("too deep");
                    }
                    return item.length();
                },
                items -> Mono.just(items),
                meters);

        assertGoesOn(broken, "too deep");
    }

    @Test
    void answersTheOthersOfABatchWhenOneThrowsAtItsAnswer() {
        batcher.add("first").subscribe();
        List<String> answers = new ArrayList<>();
        batcher.add("a").subscribe(_ -> {
            throw new StackOverflowError("too deep");
        });
        batcher.add("b").subscribe(answers::add);
        writing().succeed();

        writing().succeed();

        assertThat(answers).containsExactly("b!");
        assertThat(gauge("sluice.batch.pending")).isZero();
    }

    @Test
    void aCancelNeverReachesTheWrite() {
        AtomicInteger canceled = new AtomicInteger();
        MicroBatcher<String, String> watched = new MicroBatcher<>(
                "watched",
                new BatchLimits(1, 10, 1_000, MAX_PENDING, 10_000),
                String::length,
                items -> write(items).doOnCancel(canceled::incrementAndGet),
                meters);
        Disposable writtenNow = watched.add("a").subscribe();
        Disposable waiting = watched.add("b").subscribe();

        writtenNow.dispose();
        waiting.dispose();
        writing().succeed();

        assertThat(canceled).hasValue(0);
        assertThat(writing().items()).containsExactly("b");
    }

    @Test
    void addsAgainForEachSubscription() {
        Mono<String> add = batcher.add("a");

        add.subscribe();
        add.subscribe();

        assertThat(gauge("sluice.batch.pending")).isEqualTo(2);
    }

    @Test
    void closeWritesWaitingItemsAndRefusesLaterOnes() {
        fill(2, "i");
        List<String> closed = new ArrayList<>();
        batcher.close().subscribe(_ -> {}, error -> closed.add(error.toString()), () -> closed.add("closed"));

        assertThat(refusal("late")).isEqualTo(Bound.CLOSED);
        writing().succeed();
        assertThat(closed).isEmpty();
        writing().succeed();

        assertThat(closed).containsExactly("closed");
    }

    @Test
    void closeOfAnEmptyBatcherIsDoneAtOnce() {
        StepVerifier.create(batcher.close()).expectComplete().verify(SOON);
        StepVerifier.create(batcher.close()).expectComplete().verify(SOON);
    }

    @Test
    void refusesLimitsThatBoundNothing() {
        assertThatThrownBy(() -> new BatchLimits(0, 10, 1, 10, 1)).hasMessageContaining("lanes");
        assertThatThrownBy(() -> new BatchLimits(1, 1_001, 1, 10, 1)).hasMessageContaining("max-size");
        assertThatThrownBy(() -> new BatchLimits(1, 10, 1, 9, 1)).hasMessageContaining("max-pending");
        assertThatThrownBy(() -> new BatchLimits(1, 10, 2, 10, 1)).hasMessageContaining("max-pending-bytes");
    }

    /** Its first write fails; the others give what they get. */
    private MicroBatcher<String, String> brokenOnce(Supplier<Mono<List<String>>> first) {
        AtomicInteger writes = new AtomicInteger();
        return new MicroBatcher<>(
                "broken",
                new BatchLimits(1, 10, 1_000, MAX_PENDING, 10_000),
                String::length,
                items -> writes.getAndIncrement() == 0 ? first.get() : Mono.just(items),
                meters);
    }

    private static void assertGoesOn(MicroBatcher<String, String> broken, String failure) {
        List<Throwable> errors = new ArrayList<>();
        Throwable thrown = catchThrowable(() -> broken.add("bad").subscribe(_ -> {}, errors::add));

        assertThat(thrown).isNull();
        assertThat(errors).singleElement().satisfies(error -> assertThat(error).hasStackTraceContaining(failure));
        StepVerifier.create(broken.add("good"))
                .expectNext("good")
                .expectComplete()
                .verify(SOON);
    }

    private MicroBatcher<String, String> batcher(BatchLimits limits) {
        return new MicroBatcher<>("test", limits, String::length, this::write, meters);
    }

    private Mono<List<String>> write(List<String> items) {
        Writing writing = new Writing(List.copyOf(items), Sinks.one());
        writings.add(writing);
        return writing.end().asMono();
    }

    /** The batch that has been written for longest. */
    private Writing writing() {
        return writings.remove();
    }

    private void fill(int count, String item) {
        IntStream.range(0, count).forEach(_ -> batcher.add(item).subscribe());
    }

    private Bound refusal(String item) {
        List<Throwable> errors = new ArrayList<>();
        batcher.add(item).subscribe(_ -> {}, errors::add);
        assertThat(errors).singleElement().isInstanceOf(BatchOverflowException.class);
        return ((BatchOverflowException) errors.getFirst()).bound();
    }

    private double gauge(String name) {
        return meters.get(name).tag("batcher", "test").gauge().value();
    }
}
