package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.CLIENT;
import static dev.sluice.gateway.request.TestRequests.FAILURE;
import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.DispatchedRequest;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class BacklogIT extends BacklogFixture {

    @Test
    void givesWhatAProcessorNeeds() {
        NewRequest request = waiting(1).getFirst();

        DispatchedRequest dispatched = dispatch(1).getFirst();

        assertThat(dispatched.client()).isEqualTo(CLIENT);
        assertThat(dispatched.seq()).isEqualTo(2);
        assertThat(dispatched.item().id()).isEqualTo(request.id());
        assertThat(dispatched.item().dispatch()).isEqualTo(1);
        assertThat(dispatched.item().attempt()).isEqualTo(1);
        assertThat(dispatched.item().maxAttempts()).isEqualTo(request.options().maxAttempts());
        assertThat(dispatched.item().timeout()).isEqualTo(request.options().timeout());
        assertThat(dispatched.item().acceptedAt()).isEqualTo(request.createdAt());
        assertThat(it.snapshot(request.id()).state()).isEqualTo(RequestState.QUEUED);
        assertThat(it.snapshot(request.id()).fence()).isEqualTo(FIRST_RUN);
    }

    @Test
    void givesTheOldestFirst() {
        List<RequestId> ids = TestRequests.idsOf(waiting(10));

        assertThat(idsOf(dispatch(4))).isEqualTo(ids.subList(0, 4));
        assertThat(idsOf(dispatch(100))).isEqualTo(ids.subList(4, 10));
        assertThat(dispatch(100)).isEmpty();
    }

    @Test
    void beginsBehindThePlaceThatItIsTold() {
        List<RequestId> ids = TestRequests.idsOf(waiting(5));
        await(it.backlog.dispatch(kind, GATEWAY, Backlog.Place.START, 1, Long.MAX_VALUE));

        Backlog.Place second = new Backlog.Place(NOW, ids.get(1).value(), 0);
        Backlog.Batch batch = await(it.backlog.dispatch(kind, GATEWAY, second, 2, Long.MAX_VALUE));

        assertThat(idsOf(batch.requests())).isEqualTo(ids.subList(2, 4));
        assertThat(batch.last()).isEqualTo(new Backlog.Place(NOW, ids.get(3).value(), KILOBYTE.bytes().length));
        assertThat(batch.isEnd()).isFalse();
        assertThat(idsOf(dispatch(100))).containsExactly(ids.get(1), ids.get(4));
    }

    @Test
    void leavesWhatSomebodyHoldsAndWaitsForNobody() throws SQLException {
        List<RequestId> ids = TestRequests.idsOf(waiting(2));
        try (Connection other = it.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute(
                    "select from backlog where id = '" + ids.getFirst().value() + "' for update");

            assertThat(dispatch(1)).isEmpty();
            Backlog.Batch rest = await(it.backlog.dispatch(kind, GATEWAY, Backlog.Place.START, 3, Long.MAX_VALUE));
            assertThat(idsOf(rest.requests())).containsExactly(ids.getLast());
            assertThat(rest.isEnd()).isTrue();
            assertThat(rest.isWhole()).isFalse();
            other.rollback();
        }
        assertThat(idsOf(dispatch(2))).containsExactly(ids.getFirst());
    }

    @Test
    void givesNoMoreBytesThanAskedForButAtLeastOneRequest() {
        waiting(5);

        assertThat(dispatch(100, 2_500)).hasSize(2);
        assertThat(dispatch(100, 1)).hasSize(1);
    }

    @Test
    void givesNoRequestTwiceToSeveralGateways() {
        Set<RequestId> ids = new HashSet<>(TestRequests.idsOf(waiting(1_000)));

        List<RequestId> dispatched = await(Flux.range(0, 4)
                .flatMap(gateway -> drain(new UUID(0, gateway)), 4)
                .collectList());

        assertThat(dispatched).hasSize(1_000).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void saysWhetherAnyPlaceLiesBehind() {
        waiting(3);

        Backlog.Batch cut = await(it.backlog.dispatch(kind, GATEWAY, Backlog.Place.START, 100, 1_000));
        Backlog.Batch rest = await(it.backlog.dispatch(kind, GATEWAY, Backlog.Place.START, 3, Long.MAX_VALUE));
        Backlog.Batch none = await(it.backlog.dispatch(kind, GATEWAY, rest.last(), 3, Long.MAX_VALUE));

        assertThat(cut.isEnd()).isFalse();
        assertThat(rest.isEnd()).isTrue();
        assertThat(rest.isWhole()).isTrue();
        assertThat(none).isEqualTo(new Backlog.Batch(List.of(), 0, rest.last(), true));
    }

    /** Otherwise requests that are handed back at a deploy would wait behind all younger ones. */
    @Test
    void keepsTheRankOfWhatReturns() {
        List<RequestId> ids = TestRequests.idsOf(waiting(2));
        dispatch(2);
        waiting(3);
        ids.forEach(id -> it.change(id, handedBack(Instant.now())));

        assertThat(idsOf(dispatch(2))).isEqualTo(ids);
    }

    @Test
    void letsPlacesEnterTheOrderWhenTheyAreDueTheLongestDueFirst() {
        List<RequestId> ids = TestRequests.idsOf(waiting(3));
        dispatch(3);
        it.change(ids.get(0), handedBack(Instant.now().plusSeconds(3_600)));
        it.change(ids.get(1), handedBack(NOW));
        it.change(ids.get(2), handedBack(NOW.minusSeconds(1)));

        List<Backlog.Place> first = await(it.backlog.enterDue(kind, 1));
        List<Backlog.Place> others = await(it.backlog.enterDue(kind, 10));

        assertThat(first)
                .extracting(Backlog.Place::id)
                .containsExactly(ids.get(2).value());
        assertThat(others)
                .extracting(Backlog.Place::id)
                .containsExactly(ids.get(1).value());
        assertThat(others).extracting(Backlog.Place::rank).containsExactly(NOW);
        assertThat(size().requests()).isEqualTo(3);
        assertThat(idsOf(dispatch(3))).containsExactly(ids.get(1), ids.get(2));
    }

    @Test
    void givesNoPlaceTwiceIfTwoGatewaysLetItEnter() {
        List<RequestId> ids = TestRequests.idsOf(waiting(200));
        dispatch(200);
        ids.forEach(id -> it.change(id, handedBack(NOW)));

        List<Backlog.Place> entered = await(Flux.range(0, 20)
                .flatMap(_ -> it.backlog.enterDue(kind, 50), 4)
                .flatMapIterable(places -> places)
                .collectList());

        assertThat(entered).extracting(Backlog.Place::id).doesNotHaveDuplicates();
        assertThat(idsOf(dispatch(300))).isEqualTo(ids);
    }

    @Test
    void keepsARetryUntilItIsDue() {
        RequestId id = waiting(1).getFirst().id();
        dispatch(1);
        Instant due = Instant.now().plusSeconds(3_600);
        it.change(id, new RequestEvent.Retrying(NOW, FIRST_RUN, 1, FAILURE, true, due));

        assertThat(dispatch(1)).isEmpty();
        assertThat(await(it.backlog.nextDue(kind))).isCloseTo(due, within());
    }

    @Test
    void raisesTheDispatchOfARetryAndTellsItInTheLog() {
        RequestId id = waiting(1).getFirst().id();
        dispatch(1);
        it.change(id, new RequestEvent.Retrying(NOW, FIRST_RUN, 1, FAILURE, true, NOW));

        DispatchedRequest again = dispatch(1).getFirst();

        assertThat(again.item().dispatch()).isEqualTo(2);
        assertThat(again.item().attempt()).isEqualTo(2);
        assertThat(again.seq()).isEqualTo(4);
        assertThat(await(it.reader.events(CLIENT, id, 3, 10)).events())
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.type()).isEqualTo("queued");
                    assertThat(event.data()).isEqualTo("{\"dispatch\":2}");
                });
    }

    @Test
    void asksForARunAloneAfterACrash() {
        RequestId id = waiting(1).getFirst().id();
        dispatch(1);
        it.change(
                id,
                new RequestEvent.Started(NOW, FIRST_RUN, 1, TestRequests.PROCESSOR, false),
                new RequestEvent.Returned(NOW, new Fence(1, 1), 0, RequestEvent.Returned.Reason.CRASHED, NOW));

        assertThat(dispatch(1).getFirst().item().alone()).isTrue();
    }

    private static org.assertj.core.data.TemporalUnitOffset within() {
        return org.assertj.core.api.Assertions.within(1, java.time.temporal.ChronoUnit.MILLIS);
    }
}
