package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.NOW;
import static dev.sluice.gateway.store.TestStore.await;

import dev.sluice.gateway.request.DispatchedRequest;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A kind of its own for each test, in a store that the tests of a class share. */
abstract class BacklogFixture {

    static final Payload KILOBYTE = new Payload(Payload.BINARY, new byte[1_000]);
    static final Fence FIRST_RUN = new Fence(1, 0);

    static TestStore it;

    String kind = "";

    @BeforeAll
    static void open() {
        it = TestStore.open();
    }

    @AfterAll
    static void close() {
        it.close();
    }

    @BeforeEach
    void takeAKindOfItsOwn(TestInfo test) {
        kind = test.getDisplayName();
    }

    List<NewRequest> waiting(int count) {
        List<NewRequest> requests = IntStream.range(0, count)
                .mapToObj(_ -> TestRequests.waiting(kind, KILOBYTE))
                .toList();
        await(it.store.insert(GATEWAY, requests));
        return requests;
    }

    BacklogSizes.Size size() {
        return await(it.sizes.read()).getOrDefault(kind, BacklogSizes.Size.EMPTY);
    }

    List<DispatchedRequest> dispatch(int max) {
        return dispatch(max, Long.MAX_VALUE);
    }

    List<DispatchedRequest> dispatch(int max, long maxBytes) {
        return await(batch(GATEWAY, max, maxBytes));
    }

    Mono<List<DispatchedRequest>> batch(UUID gateway, int max, long maxBytes) {
        return it.backlog
                .enterDue(kind, 1_000)
                .flatMap(_ -> it.backlog.dispatch(kind, gateway, Backlog.Place.START, max, maxBytes))
                .map(Backlog.Batch::requests);
    }

    /** Takes until no place is left, whichever gateway takes it. */
    Flux<RequestId> drain(UUID gateway) {
        return Mono.defer(() -> it.backlog.dispatch(kind, gateway, Backlog.Place.START, 7, Long.MAX_VALUE))
                .repeat()
                .takeWhile(batch -> batch.looked() > 0)
                .flatMapIterable(batch -> idsOf(batch.requests()));
    }

    static List<RequestId> idsOf(List<DispatchedRequest> dispatched) {
        return dispatched.stream().map(each -> each.item().id()).toList();
    }

    static RequestEvent handedBack(Instant notBefore) {
        return new RequestEvent.Returned(NOW, FIRST_RUN, 1, RequestEvent.Returned.Reason.HANDED_BACK, notBefore);
    }
}
