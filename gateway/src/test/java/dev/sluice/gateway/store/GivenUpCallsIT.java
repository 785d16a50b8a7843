package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.CLIENT;
import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.store.TestStore.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.TestRequests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** Reads and writes whose callers have stopped waiting. */
class GivenUpCallsIT {

    private final TestStore it = TestStore.open();

    @AfterEach
    void close() {
        it.close();
    }

    /** Calls that clients give up at any moment are ended all the same, and every connection comes back. */
    @Test
    void aCancelNeverKeepsAConnection() {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        List<Disposable> calls = new ArrayList<>();

        for (int i = 0; i < 10_000; i++) {
            Mono<?> call = switch (i % 4) {
                case 0 -> it.reader.find(CLIENT, request.id());
                case 1 -> it.reader.events(CLIENT, request.id(), 0, 10);
                case 2 -> it.reader.standings(List.of(request.id()));
                default -> it.store.change(List.of(request.id()), _ -> List.of());
            };
            calls.add(call.subscribe(_ -> {}, _ -> {}));
            calls.get(ThreadLocalRandom.current().nextInt(Math.max(0, i - 15), i + 1))
                    .dispose();
        }

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(it.acquired()).isZero());
        assertThat(it.snapshot(request.id()).state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void writesWhatAClientGaveUp() {
        for (int i = 0; i < 50; i++) {
            it.store
                    .insert(GATEWAY, TestRequests.waiting(5))
                    .subscribe(_ -> {}, _ -> {})
                    .dispose();
        }

        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(it.query("select count(*) from request")).containsExactly("250"));
    }
}
