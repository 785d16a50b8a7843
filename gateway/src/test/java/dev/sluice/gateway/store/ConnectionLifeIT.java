package dev.sluice.gateway.store;

import static dev.sluice.gateway.store.TestStore.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.TestRequests;
import dev.sluice.gateway.store.postgres.Columns;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class ConnectionLifeIT {

    @Test
    void replacesConnectionsWhileRequestsGoOn() {
        try (TestStore it = TestStore.ofShortLife(Duration.ofSeconds(1))) {
            AtomicInteger inserted = new AtomicInteger();
            Mono<Integer> step = it.database
                    .query("select pg_backend_pid()", _ -> {}, row -> Columns.integer(row, 0))
                    .flatMap(pid -> it.store
                            .insert(TestRequests.GATEWAY, TestRequests.waiting(1))
                            .doOnNext(ids -> inserted.addAndGet(ids.size()))
                            .thenReturn(pid.getFirst()));

            List<Integer> processes = Flux.defer(() -> step)
                    .repeat()
                    .distinct()
                    .take(3)
                    .collectList()
                    .block(SOON);

            assertThat(processes).hasSize(3);
            assertThat(TestStore.await(it.database.query(
                            "select count(*)::int from request", _ -> {}, row -> Columns.integer(row, 0))))
                    .containsExactly(inserted.get());
        }
    }
}
