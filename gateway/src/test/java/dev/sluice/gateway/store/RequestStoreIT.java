package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.CLIENT;
import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.KIND;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.store.TestStore.SOON;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.uuid.impl.UUIDUtil;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.request.DispatchedRequest;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestOptions;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class RequestStoreIT {

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
    void keepsWhatWasSubmitted() {
        NewRequest request = new NewRequest(
                TestRequests.id(),
                CLIENT,
                KIND,
                new RequestOptions(
                        3, 7, Duration.ofMillis(1_500), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
                NOW,
                NOW.plusSeconds(60),
                TestRequests.payload("{\"a\":1}"),
                false);

        it.insert(request);

        RequestView view = await(it.reader.find(CLIENT, request.id()));
        assertThat(view.snapshot())
                .isEqualTo(new RequestSnapshot(
                        request.id(),
                        CLIENT,
                        KIND,
                        RequestState.ACCEPTED,
                        Fence.NONE,
                        0,
                        1,
                        0,
                        7,
                        0,
                        false,
                        null,
                        NOW.plusSeconds(60)));
        assertThat(view.cost()).isEqualTo(3);
        assertThat(view.createdAt()).isEqualTo(NOW);
        assertThat(view.queuedAt()).isNull();
    }

    @Test
    void queuesAtOnceWhatGoesStraightToTheBroker() {
        NewRequest request = TestRequests.queued();

        it.insert(request);

        RequestView view = await(it.reader.find(CLIENT, request.id()));
        assertThat(view.snapshot().state()).isEqualTo(RequestState.QUEUED);
        assertThat(view.snapshot().fence()).isEqualTo(FIRST_RUN);
        assertThat(view.snapshot().seq()).isEqualTo(2);
        assertThat(view.queuedAt()).isEqualTo(NOW);
    }

    @Test
    void keepsEveryByteOfPayloadsAndResults() {
        for (int size : List.of(0, 1, 1_000, 2_100, 9_000, 1 << 20)) {
            byte[] bytes = new byte[size];
            new Random(size).nextBytes(bytes);
            Payload payload = new Payload("application/octet-stream", bytes);
            NewRequest request = TestRequests.waiting("bytes-" + size, payload);
            it.insert(request);

            DispatchedRequest dispatched = await(
                            it.backlog.dispatch("bytes-" + size, GATEWAY, Backlog.Place.START, 1, 1))
                    .requests()
                    .getFirst();
            it.change(
                    request.id(),
                    new RequestEvent.Succeeded(
                            NOW, FIRST_RUN, 1, dispatched.item().payload()));

            assertThat(dispatched.item().payload().bytes()).isEqualTo(bytes);
            assertThat(await(it.reader.result(CLIENT, request.id())).bytes()).isEqualTo(bytes);
            assertThat(await(it.reader.find(CLIENT, request.id())).resultSize()).isEqualTo(size);
        }
    }

    @Test
    void showsNobodyTheRequestsOfOthers() {
        NewRequest request = TestRequests.queued();
        it.insert(request);
        it.change(request.id(), new RequestEvent.Succeeded(NOW, FIRST_RUN, 1, TestRequests.RESULT));

        StepVerifier.create(it.reader.find(new Client("stranger"), request.id()))
                .expectComplete()
                .verify(SOON);
        StepVerifier.create(it.reader.result(new Client("stranger"), request.id()))
                .expectComplete()
                .verify(SOON);
        StepVerifier.create(it.reader.events(new Client("stranger"), request.id(), 0, 10))
                .expectComplete()
                .verify(SOON);
    }

    @Test
    void storesABatchTwiceOnce() throws SQLException {
        List<NewRequest> batch = TestRequests.waiting(5);
        await(it.store.insert(GATEWAY, batch.subList(0, 2)));

        assertThat(await(it.store.insert(GATEWAY, batch)))
                .containsExactlyInAnyOrderElementsOf(TestRequests.idsOf(batch));
        assertThat(it.query("select count(*) from request_payload where id in (%s)".formatted(quoted(batch))))
                .containsExactly("5");
        assertThat(it.query("select count(*) from backlog where id in (%s)".formatted(quoted(batch))))
                .containsExactly("5");
    }

    @Test
    void refusesABadRowAndStoresTheOthers() {
        NewRequest bad = TestRequests.waiting("nul-\0-in-text", TestRequests.payload("{}"));
        List<NewRequest> batch = new ArrayList<>(TestRequests.waiting(20));
        batch.add(7, bad);

        List<RequestId> good = TestRequests.idsOf(
                batch.stream().filter(each -> !each.id().equals(bad.id())).toList());
        assertThat(await(it.store.insert(GATEWAY, batch))).containsExactlyInAnyOrderElementsOf(good);
    }

    @Test
    void takesNothingForADayThatIsNotThere() {
        UUID farAhead = new UUID((NOW.plus(Duration.ofDays(400)).toEpochMilli() << 16) | 0x7000, 1L << 63);
        assertThat(UUIDUtil.extractTimestamp(farAhead)).isGreaterThan(NOW.toEpochMilli());
        NewRequest request = TestRequests.request(new RequestId(farAhead), KIND, Payload.EMPTY, false);

        StepVerifier.create(it.store.insert(GATEWAY, List.of(request)))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                StoreUnavailableException.class,
                                refused -> assertThat(refused.isUncertain()).isFalse()))
                .verify(SOON);
    }

    @Test
    void comparesWhereManyRequestsStand() {
        List<NewRequest> batch = TestRequests.waiting(3);
        await(it.store.insert(GATEWAY, batch));
        List<RequestId> asked = new ArrayList<>(TestRequests.idsOf(batch));
        asked.add(TestRequests.id());

        assertThat(await(it.reader.standings(asked)))
                .hasSize(3)
                .allSatisfy(standing -> assertThat(standing.seq()).isEqualTo(1));
    }

    private static String quoted(List<NewRequest> requests) {
        return String.join(
                ",",
                requests.stream().map(each -> "'" + each.id().value() + "'").toList());
    }
}
