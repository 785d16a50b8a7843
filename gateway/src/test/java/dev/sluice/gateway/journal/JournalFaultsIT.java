package dev.sluice.gateway.journal;

import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage;
import dev.sluice.message.Wire;
import dev.sluice.queue.PublishLimits;
import dev.sluice.queue.Topology;
import dev.sluice.queue.local.LocalBroker;
import dev.sluice.queue.local.QueueBounds;
import dev.sluice.testkit.PostgresNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Hooks;

/** How reports fare while Postgres is away or does not answer. */
class JournalFaultsIT {

    private static final QueueBounds ROOMY = new QueueBounds(10_000, 256L * 1024 * 1024);
    private static final int LARGE_MESSAGES = 100;
    private static final int LARGE_RESULT = 1_000_000;

    private static PostgresNode postgres;

    private final GatewayTestkit testkit = GatewayTestkit.on(postgres, new LocalBroker(ROOMY, PublishLimits.DEFAULT));
    private final TestGateway gateway = testkit.gateway().journaling();
    private final Logger logger = (Logger) LoggerFactory.getLogger(ShardWriter.class);
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final Queue<Throwable> dropped = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void start() {
        postgres = PostgresNode.start();
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @BeforeEach
    void listen() {
        said.start();
        logger.addAppender(said);
        Hooks.onErrorDropped(dropped::add);
    }

    @AfterEach
    void close() {
        Hooks.resetOnErrorDropped();
        logger.detachAppender(said);
        testkit.close();
    }

    @Test
    void losesNothingWhilePostgresIsAway() {
        List<NewRequest> requests = queued(100);
        gateway.insert(requests);

        postgres.kill();
        testkit.publishAll(TestReports.wholeRuns(requests), 5);
        postgres.restart();

        awaitSucceeded(100);
    }

    /** The broker delivers them again, so writing these copies too would be work for nothing, while new ones wait. */
    @Test
    void dropsWaitingMessagesOfALostConnection() {
        LocalBroker broker = (LocalBroker) testkit.broker();
        List<NewRequest> requests = queued(1_000);
        gateway.insert(requests);
        postgres.kill();
        testkit.publishAll(TestReports.wholeRuns(requests), 2);
        awaitAllShardsFull();

        broker.disconnect();
        postgres.restart();

        awaitSucceeded(1_000);
        assertThat(gateway.counter("sluice.journal.reports.stale"))
                .as("no more than what was being written")
                .isLessThan(Topology.STATUS_SHARDS * ShardConsumer.PREFETCH);
        assertThat(gateway.counter("sluice.consistency.holes")).isZero();
    }

    @Test
    void handsMessagesBackAtAStopThatItCannotWrite() {
        List<NewRequest> requests = queued(100);
        gateway.insert(requests);
        postgres.kill();
        try {
            testkit.publishAll(TestReports.wholeRuns(requests), 5);
            await().atMost(SOON)
                    .until(() -> testkit.broker().stats().unsettled()
                            == testkit.broker().stats().queued());

            GatewayTestkit.await(gateway.statusJournal().stop());

            await().atMost(Duration.ofSeconds(2))
                    .untilAsserted(() ->
                            assertThat(testkit.broker().stats().unsettled()).isZero());
        } finally {
            postgres.restart();
        }
        assertThat(dropped).isEmpty();
        assertThat(said.list.stream().filter(line -> line.getMessage().equals("journal.handed_back")))
                .hasSizeBetween(Topology.STATUS_SHARDS, 2 * Topology.STATUS_SHARDS);
        testkit.gateway().journaling();
        awaitSucceeded(100);
    }

    /**
     * All shards are busy and full, their writes do not end, and others wait for connections: yet no report is refused.
     */
    @Test
    void refusesNoShardItsWriteWhilePostgresDoesNotAnswer() {
        List<NewRequest> requests = queued(1_000);
        gateway.insert(requests);
        CompletableFuture<@Nullable List<RequestChange>> canceling;
        postgres.freeze();
        try {
            testkit.publishAll(TestReports.wholeRuns(requests), 2);
            awaitAllShardsFull();
            canceling = gateway.part(Transitions.class)
                    .change(idsOf(requests), _ -> List.of(new RequestEvent.Canceling(Instant.now())))
                    .toFuture();
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(gateway.gauge("sluice.batch.pending", "journal"))
                            .isEqualTo(Topology.STATUS_SHARDS));
        } finally {
            postgres.thaw();
        }

        awaitSucceeded(1_000);
        assertThat(canceling).succeedsWithin(SOON);
        assertThat(said.list).isEmpty();
        assertThat(gateway.counter("sluice.journal.reports.refused")).isZero();
        assertThat(gateway.counter("sluice.consistency.holes")).isZero();
    }

    /** The largest messages that processors send by default: one result each. */
    @Test
    void holdsNoMoreBytesThanItMayWhilePostgresDoesNotAnswer() {
        byte[] large = Wire.encode(new StatusMessage.ReportBatch(
                GatewayTestkit.PROCESSOR,
                List.of(new TestReports()
                        .succeeded(TestReports.FIRST_RUN, 1, new Payload("text/plain", new byte[LARGE_RESULT])))));
        postgres.freeze();
        try {
            for (int i = 0; i < LARGE_MESSAGES; i++) {
                testkit.publish(0, large);
            }
            await().atMost(SOON)
                    .until(() ->
                            testkit.broker().stats().unsettled() == Math.min(LARGE_MESSAGES, ShardConsumer.PREFETCH));

            assertThat(testkit.broker().stats().unsettledBytes())
                    .isLessThanOrEqualTo(ShardConsumer.MAX_UNSETTLED_BYTES);
        } finally {
            postgres.thaw();
        }
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(testkit.broker().stats().queued()).isZero());
    }

    private static List<RequestId> idsOf(List<NewRequest> requests) {
        return requests.stream().map(NewRequest::id).toList();
    }

    private void awaitAllShardsFull() {
        await().atMost(SOON)
                .until(() -> testkit.broker().stats().unsettled() == Topology.STATUS_SHARDS * ShardConsumer.PREFETCH);
    }

    private void awaitSucceeded(long count) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(testkit.count("from request where state = 20"))
                        .isEqualTo(count));
    }
}
