package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.CLIENT;
import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.KIND;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.request.TestRequests.PROCESSOR;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.LoggedEvent;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestJson;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Changes of stored requests. */
class RequestChangeIT {

    private static final Fence FIRST_RUN = new Fence(1, 0);

    private static TestStore it;

    @BeforeAll
    static void open() {
        it = TestStore.open();
    }

    @AfterAll
    static void close() {
        it.close();
    }

    @Test
    void writesARunFromStartToResult() throws SQLException {
        NewRequest request = TestRequests.queued();
        it.insert(request);

        it.change(request.id(), new RequestEvent.Started(NOW, FIRST_RUN, 1, PROCESSOR, true));
        RequestSnapshot running = it.snapshot(request.id());
        it.change(request.id(), new RequestEvent.Succeeded(NOW, FIRST_RUN, 2, TestRequests.RESULT));

        assertThat(running)
                .isEqualTo(new RequestSnapshot(
                        request.id(),
                        CLIENT,
                        KIND,
                        RequestState.RUNNING,
                        FIRST_RUN,
                        1,
                        3,
                        1,
                        5,
                        0,
                        true,
                        PROCESSOR,
                        request.expiresAt()));
        RequestView done = await(it.reader.find(CLIENT, request.id()));
        assertThat(done.snapshot().state()).isEqualTo(RequestState.SUCCEEDED);
        assertThat(done.doneAt()).isNotNull();
        assertThat(done.resultType()).isEqualTo("image/png");
        assertThat(it.query("select dispatched from request where id = '%s'"
                        .formatted(request.id().value())))
                .containsExactly("f");
    }

    @Test
    void keepsTheLastFailure() {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        Failure odd = new Failure("odd", "a \0 and a \" and a \\", "grüß \uD83D\uDE00");

        it.change(request.id(), new RequestEvent.Failed(NOW, FIRST_RUN, 1, FailureClass.PERMANENT, odd));

        RequestView view = await(it.reader.find(CLIENT, request.id()));
        assertThat(view.failureClass()).isEqualTo(FailureClass.PERMANENT);
        assertThat(view.failure()).isEqualTo(new Failure("odd", "a \uFFFD and a \" and a \\", "grüß \uD83D\uDE00"));
        assertThat(await(it.reader.events(CLIENT, request.id(), 2, 10))
                        .events()
                        .getFirst()
                        .data())
                .contains("a \\u0000 and a \\\" and a \\\\");
    }

    /** A failure belongs to its attempt, whatever runs now; of a request that succeeded only the log has it. */
    @Test
    void showsAFailureWithItsOwnAttemptAndNoneAfterSuccess() {
        Fence secondRun = new Fence(2, 0);
        NewRequest request = TestRequests.request(TestRequests.id(), "retried", TestRequests.payload("{}"), true);
        it.insert(request);
        it.change(request.id(), new RequestEvent.Retrying(NOW, FIRST_RUN, 1, TestRequests.FAILURE, true, NOW));
        await(it.backlog.enterDue("retried", 10));
        await(it.backlog.dispatch("retried", GATEWAY, Backlog.Place.START, 1, 1));

        it.change(request.id(), new RequestEvent.Started(NOW, secondRun, 1, PROCESSOR, false));
        RequestView running = await(it.reader.find(CLIENT, request.id()));
        it.change(request.id(), new RequestEvent.Succeeded(NOW, secondRun, 2, TestRequests.RESULT));
        RequestView done = await(it.reader.find(CLIENT, request.id()));

        assertThat(running.snapshot().attempt()).isEqualTo(2);
        assertThat(RequestJson.error(running)).contains("\"attempt\":1");
        assertThat(RequestJson.of(done).toString()).doesNotContain("error");
        assertThat(await(it.reader.events(CLIENT, request.id(), 2, 1)).events())
                .singleElement()
                .satisfies(event -> assertThat(event.data()).contains(TestRequests.FAILURE.title()));
    }

    /** As the previous version of the gateway stored them. */
    @Test
    void takesAFailureWithoutAnAttemptForOneOfTheLastAttempt() throws SQLException {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        it.change(
                request.id(), new RequestEvent.Failed(NOW, FIRST_RUN, 1, FailureClass.PERMANENT, TestRequests.FAILURE));
        it.execute("update request set failure_attempt = null where id = '%s'"
                .formatted(request.id().value()));

        RequestView view = await(it.reader.find(CLIENT, request.id()));

        assertThat(RequestJson.error(view)).contains("\"attempt\":1");
    }

    @Test
    void changesNothingForRequestsItDoesNotKnow() {
        assertThat(await(it.store.change(List.of(TestRequests.id()), _ -> List.of(new RequestEvent.Canceling(NOW)))))
                .isEmpty();
    }

    @Test
    void dropsWhatIsNoTransition() {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        it.change(request.id(), new RequestEvent.Succeeded(NOW, FIRST_RUN, 1, TestRequests.RESULT));
        RequestSnapshot before = it.snapshot(request.id());

        assertThat(it.change(
                        request.id(),
                        new RequestEvent.Canceling(NOW),
                        new RequestEvent.Started(NOW, FIRST_RUN, 2, PROCESSOR, false)))
                .isNull();
        assertThat(it.snapshot(request.id())).isEqualTo(before);
    }

    /** Two writers of one request: each sees the changes of the other, and no change is lost. */
    @Test
    void decidesAgainWhereAnotherWriterWasFaster() {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        AtomicInteger decided = new AtomicInteger();
        int writers = 4;

        List<List<RequestChange>> changes = await(Flux.range(0, writers)
                .flatMap(
                        _ -> it.store.change(List.of(request.id()), snapshot -> {
                            decided.incrementAndGet();
                            return List.of(new RequestEvent.Progress(NOW, FIRST_RUN, snapshot.ordinal() + 1, "1"));
                        }),
                        writers)
                .collectList());

        assertThat(changes).allSatisfy(each -> assertThat(each).hasSize(1));
        assertThat(it.snapshot(request.id()).ordinal()).isEqualTo(writers);
        assertThat(it.snapshot(request.id()).seq()).isEqualTo(2 + writers);
        assertThat(await(it.reader.events(CLIENT, request.id(), 0, 100)).events())
                .extracting(LoggedEvent::seq)
                .containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(decided.get()).isGreaterThanOrEqualTo(writers);
    }
}
