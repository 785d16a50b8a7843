package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import dev.sluice.queue.rabbit.RabbitBroker;
import dev.sluice.queue.rabbit.RabbitSettings;
import dev.sluice.testkit.PostgresNode;
import dev.sluice.testkit.RabbitNode;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;

/** Messages that no processor could take, in a real broker. */
class DeadLetterIT {

    private static final byte[] UNREADABLE = {9, 8, 7, 0, -1};

    private static final Fence FIRST = new Fence(1, 0);

    private static RabbitNode node;
    private static PostgresNode postgres;

    private final Broker broker = RabbitBroker.connect(RabbitSettings.of(node.address()));
    private final GatewayTestkit testkit = GatewayTestkit.on(postgres, broker);
    private final TestGateway gateway = testkit.gateway();
    private final DeadLetterReader reader = gateway.part(DeadLetterReader.class);
    private final Disposable.Composite processors = Disposables.composite();

    @BeforeAll
    static void startNodes() {
        node = RabbitNode.start();
        postgres = PostgresNode.start();
    }

    @AfterAll
    static void closeNodes() {
        node.close();
        postgres.close();
    }

    @AfterEach
    void close() {
        processors.dispose();
        reader.stop().block(SOON);
        List.of(Topology.dead(), Topology.unreadable(), Topology.work(KIND)).forEach(this::drain);
        testkit.close();
    }

    @Test
    void runsAgainAndAloneWhatKilledProcessorsBeforeTheyCouldReport() {
        reading();
        processor(this::survivesAlone);

        gateway.submit(queued(1));

        awaitState(20, 1);
        awaitEnded("returned", 1);
    }

    @Test
    void endsAsPoisonWhatKillsEachProcessorBeforeItCouldReport() {
        reading();
        processor(ReceivedMessage::requeue);

        gateway.submit(queued(1));

        awaitState(21, 1);
        awaitEnded("returned", 4);
        awaitDead(0);
    }

    /** The processor lives, so the request is not to blame; and it must not go round without a pause. */
    @Test
    void returnsWhatAProcessorRejectedAfterAPause() {
        reading();
        processor(ReceivedMessage::reject);

        gateway.submit(queued(1));

        awaitEnded("returned", 1);
        awaitState(1, 1);
        assertThat(testkit.count("from request where alone or crashes > 0")).isZero();
        assertThat(testkit.count("from backlog where not_before > now() + interval '5 s'"))
                .isEqualTo(1);
    }

    @Test
    void leavesARequestThatWentOnMeanwhile() {
        reading();
        NewRequest request = queued(1).getFirst();
        gateway.insert(List.of(request));
        testkit.report(new Report.Started(request.id(), FIRST, 1, Instant.now(), false));
        awaitState(3, 1);

        publishDead(envelope(request));

        awaitEnded("stale", 1);
        awaitState(3, 1);
    }

    @Test
    void parksAnUnreadableMessageWithItsBytesAndReadsOn() {
        reading();
        publishDead(UNREADABLE);
        processor(this::survivesAlone);
        gateway.submit(queued(1));

        awaitState(20, 1);
        ReceivedMessage parked = GatewayTestkit.value(
                broker.consume(Topology.unreadable(), 1).next().doOnNext(ReceivedMessage::ack));
        assertThat(parked.body()).isEqualTo(UNREADABLE);
        awaitEnded("unreadable", 1);
        awaitDead(0);
    }

    @Test
    void parksAReportThatTheJournalCannotRead() {
        reading();

        testkit.publish(0, UNREADABLE);

        await().atMost(SOON).until(() -> ready(Topology.unreadable().name()) == 1);
        awaitDead(0);
    }

    /** An earlier version gave reports up. */
    @Test
    void journalsReportsThatAnEarlierVersionLeftInItsDeadQueue() {
        NewRequest request = queued(1).getFirst();
        gateway.insert(List.of(request));
        GatewayTestkit.await(broker.declare(Topology.formerDead()));
        GatewayTestkit.await(broker.publish(
                OutboundMessage.durable("", Topology.formerDead().name(), success(request.id(), FIRST))));

        reading();

        awaitState(20, 1);
        GatewayTestkit.await(broker.delete(Topology.formerDead().name()));
    }

    @Test
    void keepsLettersWhilePostgresIsAway() {
        reading();
        List<NewRequest> requests = queued(20);
        gateway.insert(requests);
        postgres.kill();
        requests.forEach(request -> publishDead(envelope(request)));
        await().atMost(SOON).until(() -> broker.stats().unsettled() > 0);

        postgres.restart();

        awaitState(1, 20);
        awaitDead(0);
        assertThat(ended("unreadable")).isZero();
    }

    @Test
    void handsLettersBackWhereItStopsWhilePostgresIsAway() {
        reading();
        NewRequest request = queued(1).getFirst();
        gateway.insert(List.of(request));
        postgres.kill();
        publishDead(envelope(request));
        await().atMost(SOON).until(() -> broker.stats().unsettled() > 0);

        reader.stop().block(SOON);

        awaitDead(1);
        postgres.restart();
    }

    private void reading() {
        gateway.dispatching().journaling();
        GatewayTestkit.await(reader.start());
    }

    /** The next test finds the queue empty; a queue that is deleted and made again at once may close connections. */
    private void drain(QueueSpec queue) {
        broker.consume(queue, 10)
                .take(ready(queue.name()))
                .doOnNext(ReceivedMessage::ack)
                .blockLast(SOON);
    }

    private void processor(Consumer<ReceivedMessage> handling) {
        processors.add(broker.consume(Topology.work(KIND), 10).subscribe(handling));
    }

    /** A processor that work kills unless it is alone. */
    private void survivesAlone(ReceivedMessage message) {
        WorkItem item = Wire.decodeWork(message.body()).items().getFirst();
        if (item.alone()) {
            succeed(item);
            message.ack();
        } else {
            message.requeue(); // as the broker does when the processor is gone
        }
    }

    private void succeed(WorkItem item) {
        String shard = Integer.toString(Topology.shardOf(item.id().value()));
        byte[] report = success(item.id(), new Fence(item.dispatch(), 0));
        broker.publish(OutboundMessage.durable(Topology.STATUS_EXCHANGE, shard, report))
                .subscribe();
    }

    private static byte[] success(RequestId id, Fence fence) {
        Report report = new Report.Succeeded(id, fence, 1, Instant.now(), Payload.EMPTY);
        return Wire.encode(new StatusMessage.ReportBatch(GatewayTestkit.PROCESSOR, List.of(report)));
    }

    /** As its first dispatch. */
    private static byte[] envelope(NewRequest request) {
        WorkItem item = new WorkItem(
                request.id(),
                FIRST.dispatch(),
                1,
                request.options().maxAttempts(),
                request.options().cost(),
                false,
                request.options().timeout(),
                request.createdAt(),
                null,
                request.payload());
        return Wire.encode(new WorkEnvelope(KIND, List.of(item)));
    }

    private void publishDead(byte[] body) {
        GatewayTestkit.await(broker.declare(Topology.dead())
                .then(broker.publish(OutboundMessage.durable(Topology.DEAD_EXCHANGE, "", body))));
    }

    private void awaitState(int state, int count) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(testkit.count("from request where state = " + state))
                        .isEqualTo(count));
    }

    private void awaitDead(long count) {
        await().atMost(SOON).until(() -> ready(Topology.dead().name()) == count);
    }

    private long ready(String queue) {
        return broker.ready(queue).blockOptional(SOON).orElse(0L);
    }

    private void awaitEnded(String outcome, int letters) {
        await().atMost(SOON).untilAsserted(() -> assertThat(ended(outcome)).isEqualTo(letters));
    }

    private double ended(String outcome) {
        return gateway.part(MeterRegistry.class)
                .counter("sluice.dead.letters", "outcome", outcome)
                .count();
    }
}
