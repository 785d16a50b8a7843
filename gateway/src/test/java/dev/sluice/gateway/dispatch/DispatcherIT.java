package dev.sluice.gateway.dispatch;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.PROCESSOR;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static dev.sluice.gateway.testkit.GatewayTestkit.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.gateway.testkit.TestKinds;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.KindOffer;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.Topology;
import dev.sluice.testkit.FaultyBroker;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DispatcherIT extends DispatcherFixture {

    /**
     * A gateway that was cut off while it dispatched holds rows. Its kind goes on without these rows, and no request
     * overtakes them by the fast way.
     */
    @Test
    void goesOnBehindWhatSomebodyHolds() throws SQLException {
        testkit.gateway().submit(waiting(WINDOW));
        try (Connection other = testkit.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("select from backlog for update");
            TestGateway gateway = testkit.gateway().dispatching();
            consume();

            gateway.submit(waiting(3));

            await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(3));
            assertThat(gateway.dispatcher().tryReserve(KIND)).isFalse();
        }
        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(WINDOW));
    }

    /** At each deploy, handed-back work would else go behind all that came since. */
    @Test
    void dispatchesWhatReturnsBeforeWhatCameLater() {
        TestGateway gateway = testkit.gateway().dispatching().journaling();
        consume();
        gateway.submit(waiting(WINDOW));
        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(WINDOW));
        List<RequestId> first = items().stream().map(WorkItem::id).toList();
        gateway.submit(waiting(500));

        testkit.report(items().stream().map(DispatcherIT::handedBack).toArray(Report[]::new));

        AtomicInteger ended = new AtomicInteger(WINDOW);
        await().atMost(SOON).untilAsserted(() -> {
            if (ended.get() < items().size()) {
                testkit.report(succeeded(items().get(ended.getAndIncrement())));
            }
            assertThat(items().stream().filter(item -> item.dispatch() == 2).map(WorkItem::id))
                    .containsExactlyInAnyOrderElementsOf(first);
        });
        assertThat(testkit.count("from backlog")).isPositive();
    }

    @Test
    void publishesWhatWasReservedPastTheBacklog() {
        TestGateway gateway = testkit.gateway().dispatching();
        consume();
        awaitFastWay(gateway);

        gateway.submit(queued(1));

        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(1));
        assertThat(items().getFirst().dispatch()).isEqualTo(1);
        assertThat(testkit.count("from backlog")).isZero();
    }

    @Test
    void letsAtMostAWindowBeOutAndFillsItAsItFrees() {
        TestGateway gateway = testkit.gateway().dispatching().journaling();
        consume();

        gateway.submit(waiting(100));
        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(64));
        testkit.report(items().stream().limit(10).map(DispatcherIT::succeeded).toArray(Report[]::new));

        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(74));
        assertThat(testkit.count("from request where dispatched")).isEqualTo(64);
        assertThat(testkit.count("from backlog")).isEqualTo(26);
    }

    /** The deeper the backlog, the fuller the window: just then envelopes must be full. */
    @Test
    void fillsEnvelopesWhileTheBacklogIsDeep() {
        TestGateway gateway = testkit.gateway();
        GatewayTestkit.await(gateway.processors().heard(heartbeat()));
        gateway.insert(waiting(200));
        consume();

        gateway.dispatching();

        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(64));
        assertThat(received).extracting(envelope -> envelope.items().size()).containsOnly(16);
    }

    @Test
    void findsWhatNobodyAnnounced() {
        TestGateway gateway = testkit.gateway().dispatching();
        consume();
        awaitFastWay(gateway);

        gateway.insert(waiting(3));

        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(3));
    }

    @Test
    void dispatchesAgainWhenARetryIsDue() {
        TestGateway gateway = testkit.gateway().dispatching().journaling();
        consume();
        List<NewRequest> one = waiting(1);
        gateway.submit(one);
        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(1));

        testkit.report(new Report.Released(
                one.getFirst().id(), new Fence(1, 0), 1, Instant.now(), Cause.HANDED_BACK, Duration.ZERO, 1));

        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(items()).extracting(WorkItem::dispatch).containsExactly(1, 2));
        assertThat(items()).extracting(WorkItem::attempt).containsOnly(1);
    }

    @Test
    void drainsALargeBacklogInOneGo() {
        TestGateway gateway = testkit.gateway();
        GatewayTestkit.await(gateway.kinds().configure(Map.of(KIND, TestKinds.kind(100_000))));
        for (int i = 0; i < 20; i++) {
            gateway.insert(waiting(500));
        }
        consume();

        gateway.dispatching();

        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(10_000));
        assertThat(items().stream().map(WorkItem::id).map(RequestId::value).distinct())
                .hasSize(10_000);
    }

    /** A time-out is no runtime exception; it once ended the taker for good. */
    @Test
    void goesOnAfterADeclarationThatGotNoAnswer() {
        String queue = Topology.work(KIND).name();
        FaultyBroker broker = new FaultyBroker(testkit.broker());
        broker.ignoreNextDeclareOf(queue);
        TestGateway gateway = testkit.gateway(broker);
        gateway.insert(waiting(3));

        gateway.dispatching();
        await().atMost(SOON).until(() -> !broker.ignores(queue));
        consume();

        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(3));
    }

    private static Report handedBack(WorkItem item) {
        return new Report.Released(
                item.id(), new Fence(item.dispatch(), 0), 1, Instant.now(), Cause.HANDED_BACK, Duration.ZERO, 1);
    }

    private static Report succeeded(WorkItem item) {
        return new Report.Succeeded(item.id(), new Fence(item.dispatch(), 0), 1, Instant.now(), Payload.EMPTY);
    }

    private static Heartbeat heartbeat() {
        Instant now = Instant.now();
        return new Heartbeat(
                PROCESSOR,
                "test",
                "1",
                now,
                now,
                1,
                5_000,
                64,
                0,
                false,
                List.of(new KindOffer(KIND, 64, 16)),
                List.of());
    }
}
