package dev.sluice.gateway.store;

import static dev.sluice.gateway.request.TestRequests.GATEWAY;
import static dev.sluice.gateway.request.TestRequests.PROCESSOR;
import static dev.sluice.gateway.store.TestStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.TestRequests;
import dev.sluice.gateway.store.RequestEvidence.Out;
import dev.sluice.gateway.store.RequestEvidence.Shards;
import dev.sluice.message.RequestId;
import dev.sluice.queue.Topology;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class RequestEvidenceIT {

    private static final Shards ALL = new Shards(1, Set.of(0));
    private static final Shards NONE = new Shards(1, Set.of());
    private static final int MANY = 2 * RequestEvidence.PAGE + 1;

    private final TestStore it = TestStore.open();

    @AfterEach
    void close() {
        it.close();
    }

    /** The gateway that judges a request hears the heartbeats of the shard that the topology names. */
    @Test
    void knowsTheShardOfARequestAsTheTopologyDoes() {
        List<NewRequest> requests = IntStream.range(0, 200)
                .mapToObj(turn ->
                        TestRequests.request(laterBy(turn * 32L), TestRequests.KIND, TestRequests.payload("{}"), true))
                .toList();
        it.insert(requests.toArray(NewRequest[]::new));
        List<RequestId> inserted = TestRequests.idsOf(requests);

        for (int shard = 0; shard < Topology.STATUS_SHARDS; shard++) {
            int wanted = shard;
            assertThat(idsOf(it.evidence.out(new Shards(Topology.STATUS_SHARDS, Set.of(shard)), List.of())))
                    .containsExactlyInAnyOrderElementsOf(inserted.stream()
                            .filter(id -> Topology.shardOf(id.value()) == wanted)
                            .toList());
        }
    }

    @Test
    void readsOfOtherShardsWhatRunsAtSilentProcessors() throws SQLException {
        List<RequestId> inserted = insert(3);
        running(inserted.getFirst());

        assertThat(idsOf(it.evidence.out(NONE, List.of()))).containsExactly(inserted.getFirst());
        assertThat(idsOf(it.evidence.out(NONE, List.of(PROCESSOR)))).isEmpty();
    }

    @Test
    void readsEachRequestOnceHoweverManyPagesThereAre() throws SQLException {
        for (int i = 0; i < MANY; i += 1_000) {
            insert(Math.min(1_000, MANY - i));
        }
        it.execute("update request set kind = 'kind-' || mod(cost + get_byte(uuid_send(id), 15), 3)");

        List<Out> outs = await(it.evidence.out(ALL, List.of()).collectList()).stream()
                .flatMap(List::stream)
                .toList();

        assertThat(outs).hasSize(MANY);
        assertThat(outs).extracting(Out::id).doesNotHaveDuplicates();
    }

    @Test
    void readsOfADeadGatewayWhatItDispatchedLastAndNobodyStarted() throws SQLException {
        Instant before = Instant.now().minusSeconds(60);
        List<RequestId> inserted = insert(4);
        running(inserted.get(0));
        set(inserted.get(1), "gateway = gen_random_uuid()");
        set(inserted.get(2), "dispatched_at = dispatched_at - interval '1 hour'");

        assertThat(idsOf(it.evidence.latestOf(GATEWAY, before))).containsExactly(inserted.get(3));
    }

    @Test
    void readsOfALostBrokerWhatWasDispatchedBefore() throws SQLException {
        List<RequestId> inserted = insert(3);
        running(inserted.get(0));
        set(inserted.get(1), "dispatched_at = dispatched_at + interval '1 hour'");
        Instant now = Instant.now().plusSeconds(60);

        assertThat(idsOf(it.evidence.dispatchedBefore(now, false))).containsExactly(inserted.get(2));
        assertThat(idsOf(it.evidence.dispatchedBefore(now, true)))
                .containsExactlyInAnyOrder(inserted.get(0), inserted.get(2));
    }

    private static RequestId laterBy(long millis) {
        UUID id = TestRequests.id().value();
        return new RequestId(new UUID(id.getMostSignificantBits() + (millis << 16), id.getLeastSignificantBits()));
    }

    private List<RequestId> insert(int count) {
        List<NewRequest> requests =
                IntStream.range(0, count).mapToObj(_ -> TestRequests.queued()).toList();
        it.insert(requests.toArray(NewRequest[]::new));
        return TestRequests.idsOf(requests);
    }

    private void running(RequestId id) throws SQLException {
        set(id, "state = 3, ordinal = 1, processor = '" + PROCESSOR + "'");
    }

    private void set(RequestId id, String values) throws SQLException {
        it.execute("update request set " + values + " where id = '" + id.value() + "'");
    }

    private static List<RequestId> idsOf(Flux<List<Out>> pages) {
        return await(pages.collectList()).stream()
                .flatMap(List::stream)
                .map(Out::id)
                .toList();
    }
}
