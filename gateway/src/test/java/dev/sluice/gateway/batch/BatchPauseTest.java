package dev.sluice.gateway.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Batches that leave a pause between them; each write ends at once. */
class BatchPauseTest {

    /** The longest one: no test takes so long that a batch leaves because of it. */
    private static final Duration LONG = Duration.ofSeconds(1);

    private static final Duration SOON = Duration.ofSeconds(20);

    private final List<List<String>> batches = Collections.synchronizedList(new ArrayList<>());

    @Test
    void theFirstItemAfterASilenceLeavesAtOnce() {
        add(batcher(LONG, 1_000), 1);

        assertThat(batches).hasSize(1);
    }

    @Test
    void itemsThatComeSoonAfterABatchShareTheNextOne() {
        MicroBatcher<String, String> batcher = batcher(LONG, 1_000);
        add(batcher, 1);

        add(batcher, 3);

        await().atMost(SOON).until(() -> written() == 4);
        assertThat(batches).hasSize(2);
    }

    @Test
    void enoughItemsDoNotWait() {
        MicroBatcher<String, String> batcher = batcher(LONG, 1_000);
        add(batcher, 1);

        add(batcher, MicroBatcher.ENOUGH);

        assertThat(batches).hasSize(2);
        assertThat(batches.getLast()).hasSize(MicroBatcher.ENOUGH);
    }

    @Test
    void enoughBytesDoNotWait() {
        MicroBatcher<String, String> batcher = batcher(LONG, 3);
        add(batcher, 1);

        add(batcher, 3);

        assertThat(batches).hasSize(2);
    }

    @Test
    void aBatcherThatClosesDoesNotWait() {
        MicroBatcher<String, String> batcher = batcher(LONG, 1_000);
        add(batcher, 1);
        add(batcher, 3);

        batcher.close().subscribe(); // to wait for it would take as long as the pause

        assertThat(batches).hasSize(2);
    }

    @Test
    void refusesAPauseOfMoreThanASecond() {
        assertThatThrownBy(() -> new BatchLimits(1, 10, 1, 10, 1, Duration.ofMillis(1_001)))
                .hasMessageContaining("pause");
        assertThatThrownBy(() -> new BatchLimits(1, 10, 1, 10, 1, Duration.ofMillis(-1)))
                .hasMessageContaining("pause");
    }

    /** Each item has one byte. */
    private MicroBatcher<String, String> batcher(Duration pause, long maxBytes) {
        return new MicroBatcher<>(
                "test",
                new BatchLimits(1, 100, maxBytes, 1_000, 1_000, pause),
                _ -> 1,
                this::write,
                new SimpleMeterRegistry());
    }

    private Mono<List<String>> write(List<String> items) {
        batches.add(items);
        return Mono.just(items);
    }

    private static void add(MicroBatcher<String, String> batcher, int count) {
        IntStream.range(0, count).forEach(i -> batcher.add("item " + i).subscribe());
    }

    private int written() {
        return batches.stream().mapToInt(List::size).sum();
    }
}
