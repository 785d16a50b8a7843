package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.FAILURE;
import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.gateway.store.RequestEvidence.Shards;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** The size of a backlog, as requests come, go and are canceled. */
class BacklogSizeIT extends BacklogFixture {

    @Test
    void forgetsWhatWasCanceledWhileItWaited() {
        List<NewRequest> two = waiting(2);
        it.change(two.getFirst().id(), new RequestEvent.Canceled(NOW, Fence.NONE, 0));

        assertThat(idsOf(dispatch(10))).containsExactly(two.getLast().id());
        assertThat(size().requests()).isZero();
    }

    @Test
    void freesTheRoomOfACanceledRequestAtOnce() {
        List<NewRequest> three = waiting(3);
        RequestId retried = dispatch(1).getFirst().item().id();
        it.change(retried, new RequestEvent.Retrying(NOW, FIRST_RUN, 1, FAILURE, true, NOW.plusSeconds(3_600)));

        it.change(retried, new RequestEvent.Canceled(NOW, FIRST_RUN, 1));
        it.change(three.getLast().id(), new RequestEvent.Canceled(NOW, Fence.NONE, 0));

        assertThat(size().requests()).isEqualTo(1);
        assertThat(size().bytes()).isEqualTo(1_000);
        RequestId second = dispatch(10).getFirst().item().id();
        assertThat(second).isEqualTo(three.get(1).id());
        it.change(second, handedBack(NOW));
        await(it.backlog.enterDue(kind, 10));
        it.change(second, new RequestEvent.Canceled(NOW, FIRST_RUN, 1));
        assertThat(size().requests()).isZero();
    }

    /** Dispatch locks places and then requests, a cancel does the opposite: neither may wait for the other. */
    @Test
    void cancelsRequestsThatAreTakenAtTheSameTime() throws SQLException {
        List<RequestId> ids = TestRequests.idsOf(waiting(400));

        await(Flux.merge(
                        drain(GATEWAY).ignoreElements(),
                        Flux.fromIterable(ids)
                                .buffer(20)
                                .concatMap(some -> it.store.change(some, BacklogSizeIT::canceledWhereItWaits), 1))
                .collectList());

        assertThat(size().requests()).isZero();
        assertThat(it.query("select count(*) from backlog where kind = '" + kind + "'"))
                .containsExactly("0");
        assertThat(it.query("select deadlocks from pg_stat_database where datname = current_database()"))
                .containsExactly("0");
    }

    private static List<RequestEvent> canceledWhereItWaits(RequestSnapshot snapshot) {
        return snapshot.state().isWaiting()
                ? List.of(new RequestEvent.Canceled(NOW, snapshot.fence(), snapshot.ordinal()))
                : List.of();
    }

    @Test
    void countsRequestsAndBytesAsTheyComeAndGo() {
        waiting(7);
        RequestId id = dispatch(2).getFirst().item().id();
        it.change(id, new RequestEvent.Retrying(NOW, FIRST_RUN, 1, FAILURE, true, NOW));

        assertThat(size()).isEqualTo(new BacklogSizes.Size(6, 6_000, 3));
    }

    @Test
    void countsNothingOfAWriteThatWasRolledBack() throws SQLException {
        waiting(3);
        try (Connection other = it.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("delete from backlog where kind = '" + kind + "'");
            other.rollback();
        }

        assertThat(size().requests()).isEqualTo(3);
    }

    @Test
    void keepsTheSizeWhenItIsFoldedByManyWhileOthersWrite() {
        waiting(500);

        await(Flux.merge(
                        drain(GATEWAY).ignoreElements(),
                        Flux.range(0, 40).concatMap(_ -> it.sizes.fold(List.of(kind)), 1),
                        Flux.range(0, 40).concatMap(_ -> it.sizes.fold(List.of(kind)), 1),
                        Flux.range(0, 20)
                                .concatMap(
                                        _ -> it.store.insert(GATEWAY, List.of(TestRequests.waiting(kind, KILOBYTE))),
                                        1))
                .collectList());
        await(drain(GATEWAY).collectList());
        await(it.sizes.fold(List.of(kind)).thenReturn(true));

        assertThat(await(it.sizes.read())).doesNotContainKey(kind);
    }

    @Test
    void countsWhatIsOut() {
        waiting(3);
        RequestId id = dispatch(2).getFirst().item().id();
        it.change(id, new RequestEvent.Started(NOW, FIRST_RUN, 1, TestRequests.PROCESSOR, false));

        assertThat(await(it.evidence.outByKind()))
                .containsEntry(kind, Map.of(RequestState.QUEUED, 1, RequestState.RUNNING, 1));
        assertThat(await(it.evidence.out(new Shards(1, Set.of(0)), List.of()).collectList()))
                .flatExtracting(page -> page)
                .filteredOn(out -> out.id().equals(id))
                .singleElement()
                .satisfies(out -> {
                    assertThat(out.state()).isEqualTo(RequestState.RUNNING);
                    assertThat(out.fence()).isEqualTo(FIRST_RUN);
                    assertThat(out.processor()).isEqualTo(TestRequests.PROCESSOR);
                });
        it.change(id, new RequestEvent.Succeeded(NOW, FIRST_RUN, 2, TestRequests.RESULT));
        assertThat(await(it.evidence.outByKind())).containsEntry(kind, Map.of(RequestState.QUEUED, 1));
        assertThat(await(it.evidence.countsByState())).containsKeys(RequestState.SUCCEEDED, RequestState.QUEUED);
    }
}
