package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.CLIENT;
import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.request.TestRequests.PROCESSOR;
import static dev.sluice.gateway.store.TestStore.SOON;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import dev.sluice.testkit.PostgresNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Writes while Postgres dies, freezes, cuts a connection or is in conflict. */
class StoreFaultsIT {

    private static final Fence FIRST_RUN = new Fence(1, 0);
    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(2);

    private static PostgresNode postgres;

    private TestStore it;

    /** A batch, and whether its client heard of its end. */
    private record Batch(List<NewRequest> requests, AtomicBoolean completed) {}

    @BeforeAll
    static void start() {
        postgres = PostgresNode.start();
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @BeforeEach
    void open() {
        it = TestStore.on(postgres, STATEMENT_TIMEOUT);
    }

    @AfterEach
    void close() {
        it.close();
    }

    @Test
    void losesNothingThatWasStoredWhenPostgresIsKilled() throws SQLException {
        Queue<Batch> batches = new ConcurrentLinkedQueue<>();
        AtomicBoolean goOn = new AtomicBoolean(true);
        CompletableFuture<@Nullable Void> load = Flux.range(0, 4)
                .flatMap(_ -> Mono.defer(() -> insertOne(batches)).repeat(goOn::get), 4)
                .then()
                .toFuture();

        for (int kill = 0; kill < 2; kill++) {
            int before = completed(batches);
            await().atMost(SOON).until(() -> load.isDone() || completed(batches) > before + 20);
            postgres.kill();
            postgres.restart();
        }
        int before = completed(batches);
        await().atMost(SOON).until(() -> load.isDone() || completed(batches) > before + 20);
        goOn.set(false);
        load.orTimeout(30, java.util.concurrent.TimeUnit.SECONDS).join();

        Set<String> stored = new HashSet<>(it.query("select id from request"));
        for (Batch batch : batches) {
            long found = batch.requests().stream()
                    .filter(request -> stored.contains(request.id().value().toString()))
                    .count();
            // All of it or nothing, and all of it where its client was told so.
            assertThat(found).isIn(batch.completed().get() ? List.of(10L) : List.of(0L, 10L));
        }
        assertThat(it.query("select count(*) from request where id not in (select id from backlog)"))
                .containsExactly("0");
        assertThat(it.query("select count(*) from request where id not in (select id from request_payload)"))
                .containsExactly("0");
    }

    @Test
    void findsOutThatALostInsertWasCommitted() throws Exception {
        List<NewRequest> batch = TestRequests.waiting(10);

        CompletableFuture<@Nullable Set<RequestId>> insert = whileCommitsHang(it.store.insert(GATEWAY, batch));

        assertThat(insert.get()).containsExactlyInAnyOrderElementsOf(TestRequests.idsOf(batch));
        assertThat(it.query("select count(*) from request")).containsExactly("10");
    }

    @Test
    void findsOutThatALostChangeWasCommitted() throws Exception {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        AtomicInteger decided = new AtomicInteger();

        CompletableFuture<@Nullable List<RequestChange>> change =
                whileCommitsHang(it.store.change(List.of(request.id()), _ -> {
                    decided.incrementAndGet();
                    return List.of(new RequestEvent.Started(NOW, FIRST_RUN, 1, PROCESSOR, false));
                }));

        assertThat(change.get())
                .singleElement()
                .extracting(RequestChange::after)
                .isEqualTo(it.snapshot(request.id()));
        assertThat(decided).hasValue(1);
        assertThat(it.snapshot(request.id()).seq()).isEqualTo(3);
    }

    @Test
    void insertsAgainWhatWasLostBeforeItsCommit() throws Exception {
        List<NewRequest> batch = TestRequests.waiting(10);
        try (Connection other = it.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table request_payload in exclusive mode");
            CompletableFuture<@Nullable Set<RequestId>> insert =
                    it.store.insert(GATEWAY, batch).toFuture();
            terminate("state = 'active' and wait_event_type = 'Lock'");
            other.rollback();

            assertThat(insert.get()).containsExactlyInAnyOrderElementsOf(TestRequests.idsOf(batch));
        }
    }

    @Test
    void givesUpOnAFrozenPostgresAndRecoversWithIt() {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        postgres.freeze();
        try {
            StepVerifier.create(it.store.insert(GATEWAY, TestRequests.waiting(1)))
                    .expectErrorSatisfies(error -> assertThat(error)
                            .isInstanceOfSatisfying(
                                    StoreUnavailableException.class,
                                    lost -> assertThat(lost.isUncertain()).isTrue()))
                    .verify(Duration.ofSeconds(8));
            StepVerifier.create(it.reader.find(CLIENT, request.id()))
                    .expectError(StoreUnavailableException.class)
                    .verify(Duration.ofSeconds(8));
        } finally {
            postgres.thaw();
        }

        await().atMost(SOON)
                .ignoreExceptionsInstanceOf(StoreUnavailableException.class)
                .untilAsserted(
                        () -> assertThat(it.snapshot(request.id()).state()).isEqualTo(RequestState.QUEUED));
        await().atMost(SOON).untilAsserted(() -> assertThat(it.acquired()).isZero());
    }

    /** A statement that its caller gave up may hold locks, so it must not go on at the server. */
    @Test
    void leavesNoStatementRunningThatWasGivenUp() throws SQLException {
        StepVerifier.create(it.database.query("select 1 from pg_sleep(3600)", _ -> {}, _ -> 1))
                .expectError(StoreUnavailableException.class)
                .verify(Duration.ofSeconds(8));

        assertThat(it.query("select query from pg_stat_activity where application_name = 'sluice-gateway'"
                        + " and state = 'active'"))
                .isEmpty();
        assertThat(it.database.metrics().allocatedSize()).isEqualTo(1);
    }

    @Test
    void refusesAtOnceWhileThereIsNoPostgres() {
        postgres.stop();
        try {
            StepVerifier.create(it.store.insert(GATEWAY, TestRequests.waiting(1)))
                    .expectErrorSatisfies(error -> assertThat(error)
                            .isInstanceOfSatisfying(
                                    StoreUnavailableException.class,
                                    refused -> assertThat(refused.isUncertain()).isFalse()))
                    .verify(Duration.ofSeconds(4));
        } finally {
            postgres.restart();
        }

        it.insert(TestRequests.waiting());
    }

    @Test
    void triesAgainAfterADeadlock() throws Exception {
        NewRequest low = TestRequests.queued();
        NewRequest high = TestRequests.queued();
        it.insert(low, high);
        try (Connection other = it.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("set deadlock_timeout = '1min'");
            statement.execute(touch(high));
            CompletableFuture<@Nullable List<RequestChange>> change = it.store
                    .change(
                            List.of(high.id(), low.id()),
                            _ -> List.of(new RequestEvent.Started(NOW, FIRST_RUN, 1, PROCESSOR, false)))
                    .toFuture();
            awaitOne("wait_event_type = 'Lock'");
            statement.execute(touch(low));
            other.commit();

            assertThat(change.get()).hasSize(2);
        }
    }

    private Mono<Set<RequestId>> insertOne(Queue<Batch> batches) {
        Batch batch = new Batch(TestRequests.waiting(10), new AtomicBoolean());
        batches.add(batch);
        return it.store
                .insert(GATEWAY, batch.requests())
                .doOnNext(stored -> batch.completed().set(stored.size() == 10))
                .onErrorResume(
                        StoreUnavailableException.class,
                        _ -> Mono.delay(Duration.ofMillis(20)).then(Mono.empty()));
    }

    private static int completed(Queue<Batch> batches) {
        return (int) batches.stream().filter(batch -> batch.completed().get()).count();
    }

    /** Begins {@code write} when no commit comes back any more, and cuts its connection when it waits for one. */
    private <T> CompletableFuture<@Nullable T> whileCommitsHang(Mono<T> write) throws SQLException {
        it.execute("alter system set synchronous_standby_names = 'ghost'");
        it.execute("select pg_reload_conf()");
        try {
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(it.query("show synchronous_standby_names"))
                            .containsExactly("ghost"));
            CompletableFuture<@Nullable T> future = write.toFuture();
            terminate("wait_event = 'SyncRep'");
            return future;
        } finally {
            it.execute("alter system reset synchronous_standby_names");
            it.execute("select pg_reload_conf()");
        }
    }

    private void terminate(String condition) throws SQLException {
        awaitOne(condition);
        it.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sluice-gateway' and "
                        + condition);
    }

    private void awaitOne(String condition) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                it.query("select 1 from pg_stat_activity where application_name = 'sluice-gateway' and "
                                        + condition))
                        .hasSize(1));
    }

    private static String touch(NewRequest request) {
        return "update request set cost = cost where id = '%s'"
                .formatted(request.id().value());
    }
}
