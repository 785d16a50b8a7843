package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.CLIENT;
import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.KIND;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.request.TestRequests.PROCESSOR;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Copies of snapshots are what is stored; where they are old, they do no harm. */
class DispatchedSnapshotsIT {

    private static final Fence FIRST_RUN = new Fence(1, 0);
    private static final RequestEvent STARTED = new RequestEvent.Started(NOW, FIRST_RUN, 1, PROCESSOR, true);

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
    void copiesWhatWasInsertedQueuedAndEachChangeUntilItsEnd() {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        assertCopyIsStored(request.id());

        it.change(request.id(), STARTED);
        assertCopyIsStored(request.id());

        it.change(request.id(), new RequestEvent.Succeeded(NOW, FIRST_RUN, 2, TestRequests.RESULT));
        assertThat(copyOf(request.id())).isEmpty();
    }

    @Test
    void copiesWhatWasTakenFromTheBacklog() {
        NewRequest request = TestRequests.waiting();
        it.insert(request);
        assertThat(copyOf(request.id())).isEmpty();

        await(it.backlog.dispatch(KIND, GATEWAY, Backlog.Place.START, 10, 1 << 20));

        assertCopyIsStored(request.id());
    }

    @Test
    void readsARequestThatAnotherGatewayChanged() {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        change(another(), request.id(), new RequestEvent.Canceling(NOW));

        await(it.store.changeByCopies(List.of(request.id()), _ -> List.of(STARTED)));

        assertThat(it.snapshot(request.id()).state()).isEqualTo(RequestState.CANCELING);
        assertThat(it.snapshot(request.id()).processor()).isEqualTo(PROCESSOR);
        assertCopyIsStored(request.id());
    }

    @Test
    void readsARequestWhoseCopyGivesNoChange() {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        change(another(), request.id(), STARTED);

        await(it.store.changeByCopies(
                List.of(request.id()),
                snapshot -> snapshot.state() == RequestState.RUNNING
                        ? List.of(new RequestEvent.Succeeded(NOW, FIRST_RUN, 2, TestRequests.RESULT))
                        : List.of()));

        assertThat(it.snapshot(request.id()).state()).isEqualTo(RequestState.SUCCEEDED);
    }

    @Test
    void dropsTheOldestCopiesAtItsBound() {
        DispatchedSnapshots copies = new DispatchedSnapshots();
        List<RequestSnapshot> snapshots = IntStream.rangeClosed(0, DispatchedSnapshots.MAX)
                .mapToObj(_ -> TestRequests.snapshot(TestRequests.id(), RequestState.QUEUED))
                .toList();

        copies.dispatched(snapshots);

        assertThat(copies.count()).isEqualTo(DispatchedSnapshots.MAX);
        assertThat(copies.find(List.of(snapshots.getFirst().id()))).isEmpty();
        assertThat(copies.find(List.of(snapshots.getLast().id()))).hasSize(1);
    }

    private static RequestStore another() {
        return new RequestStore(
                it.pools,
                ConnectionUse.JOURNAL,
                new DispatchedSnapshots(),
                Clock.systemUTC(),
                new ConservationMetrics(new SimpleMeterRegistry()));
    }

    private static void change(RequestStore store, RequestId id, RequestEvent event) {
        assertThat(await(store.change(List.of(id), _ -> List.of(event)))).hasSize(1);
    }

    private static List<RequestSnapshot> copyOf(RequestId id) {
        return it.copies.find(List.of(id));
    }

    private static void assertCopyIsStored(RequestId id) {
        assertThat(copyOf(id)).containsExactly(await(it.reader.find(CLIENT, id)).snapshot());
    }
}
