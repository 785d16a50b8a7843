package dev.sluice.gateway.journal;

import static dev.sluice.gateway.testkit.GatewayTestkit.PROCESSOR;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.presence.JournalProgress;
import dev.sluice.gateway.presence.LivingGateways;
import dev.sluice.gateway.presence.Presence;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.message.StatusMessage;
import dev.sluice.queue.Topology;
import dev.sluice.queue.rabbit.RabbitBroker;
import dev.sluice.queue.rabbit.RabbitSettings;
import dev.sluice.testkit.PostgresNode;
import dev.sluice.testkit.RabbitNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Living gateways share the status shards of a real broker, and go on with those of a gateway that went. */
class SharedShardsIT {

    private static final int REQUESTS = 400;
    private static final Set<String> KEYS = Set.of("a", "b", "c", "d");

    private static RabbitNode node;

    private final GatewayTestkit testkit =
            GatewayTestkit.on(PostgresNode.shared(), RabbitBroker.connect(RabbitSettings.of(node.address())));
    private final List<RabbitBroker> brokers = new ArrayList<>();
    private int submitted;

    @BeforeAll
    static void start() {
        node = RabbitNode.start();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @AfterEach
    void close() {
        testkit.close();
        brokers.forEach(broker -> broker.close().block(SOON));
    }

    @Test
    void sharesShardsEvenlyAsGatewaysComeAndGoAndLosesNoReport() {
        TestGateway one = journaling();
        reportRuns(one);
        awaitParts(one);
        TestGateway two = journaling();
        reportRuns(one);
        awaitParts(one, two);
        TestGateway three = journaling();
        reportRuns(one);
        awaitParts(one, two, three);

        reportRuns(one);
        brokers.getFirst().close().block(SOON);
        one.die();
        awaitParts(two, three);
        reportRuns(two);
        two.close();
        awaitParts(three);

        awaitDone();
        assertThat(List.of(one, two, three))
                .allSatisfy(gateway -> assertThat(gateway.counter("sluice.journal.reports.received"))
                        .isPositive())
                .allSatisfy(gateway ->
                        assertThat(gateway.counter("sluice.consistency.holes")).isZero());
    }

    /** It lives for the broker, which would let it keep its shards. */
    @Test
    void takesTheShardsOfAGatewayThatCannotReachPostgres() {
        TestGateway cutOff = journaling();
        TestGateway other = journaling();
        awaitParts(cutOff, other);

        cutOff.die();
        reportRuns(other);

        awaitParts(other);
        awaitDone();
        assertThat(other.counter("sluice.consistency.holes")).isZero();
    }

    /** It knew of no other when it saw the gateways last. */
    @Test
    void takesTheShardsOfAGatewayThatLivedAloneAndCannotReachPostgres() {
        TestGateway cutOff = journaling();
        awaitParts(cutOff);

        cutOff.die();
        TestGateway other = journaling();
        reportRuns(other);

        awaitParts(other);
        awaitDone();
        assertThat(other.counter("sluice.consistency.holes")).isZero();
    }

    /** It lives for the others, who would hand its shards on again and again. */
    @Test
    void leavesNoShareToAGatewayThatCannotReachTheBroker() {
        TestGateway cutOff = journaling();
        TestGateway other = journaling();
        awaitParts(cutOff, other);

        brokers.getFirst().close().block(SOON);
        reportRuns(other);

        awaitParts(other);
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(other.part(LivingGateways.class).share(KEYS)).isEqualTo(KEYS));
        assertThat(cutOff.part(LivingGateways.class).takesPart()).isFalse();
        assertThat(other.part(LivingGateways.class).hasOthers()).isTrue();
        awaitDone();
    }

    private void awaitDone() {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(testkit.count("from request where state = 20"))
                        .isEqualTo(submitted));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(node.queues().values())
                        .filteredOn(queue -> queue.name().startsWith("sluice.status"))
                        .allSatisfy(queue -> assertThat(queue.ready() + queue.unacked())
                                .as(queue.name())
                                .isZero()));
    }

    private TestGateway journaling() {
        RabbitBroker broker = RabbitBroker.connect(RabbitSettings.of(node.address()));
        brokers.add(broker);
        TestGateway gateway = testkit.gateway(broker);
        GatewayTestkit.await(gateway.part(Presence.class).start());
        return gateway.journaling();
    }

    /** Their reports are on their way when this returns. */
    private void reportRuns(TestGateway by) {
        List<NewRequest> requests = queued(REQUESTS);
        by.insert(requests);
        submitted += REQUESTS;
        testkit.publishAll(TestReports.wholeRuns(requests), 2);
    }

    /** Each shard is received by one of these, and the parts are even. */
    private void awaitParts(TestGateway... gateways) {
        Integer[] even = IntStream.range(0, gateways.length)
                .mapToObj(i -> (Topology.STATUS_SHARDS + i) / gateways.length)
                .toArray(Integer[]::new);
        await().atMost(SOON).untilAsserted(() -> {
            for (int shard = 0; shard < Topology.STATUS_SHARDS; shard++) {
                testkit.publish(shard, new StatusMessage.ReportBatch(PROCESSOR, List.of()));
            }
            assertThat(Arrays.stream(gateways).map(SharedShardsIT::countShards)).containsExactlyInAnyOrder(even);
        });
    }

    private static int countShards(TestGateway gateway) {
        JournalProgress progress = gateway.part(JournalProgress.class);
        return (int) IntStream.range(0, Topology.STATUS_SHARDS)
                .filter(progress::isReceived)
                .count();
    }
}
