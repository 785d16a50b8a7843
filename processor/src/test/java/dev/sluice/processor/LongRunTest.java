package dev.sluice.processor;

import static dev.sluice.processor.StatusLog.awaiting;
import static dev.sluice.processor.TestWork.submit;
import static dev.sluice.processor.TestWork.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.ControlMessage;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import dev.sluice.message.Wire;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks;

/** Work that may take longer than the broker waits for an ack. */
class LongRunTest extends CuttableFixture {

    private static final Duration HOURS = Duration.ofHours(2);

    private final Sinks.One<Payload> result = Sinks.one();

    @Test
    void letsGoOfItsMessageOnceItsStartIsConfirmed() {
        Sinks.Empty<Void> gate = broker.holdBack();
        start();
        TestWork work = work().withTimeout(HOURS);
        submit(local, "k", work);
        awaitStart();
        assertThat(connection.countUnsettled()).isEqualTo(1);
        assertThat(calls).isEmpty();

        gate.tryEmitEmpty();

        awaiting(() -> assertThat(connection.countUnsettled()).isZero());
        awaiting(() -> assertThat(calls).containsExactly(work.id()));
        assertThat(log.of(work.id())).noneMatch(Report::terminal);
        succeeds(work, new Fence(1, 0));
    }

    @Test
    void holdsItsMessageUntilItsEndWhereTheBrokerWaitsSoLong() {
        start();
        TestWork work = work().withTimeout(Duration.ofMinutes(25));
        submit(local, "k", work);
        log.sees(work.id(), Report.Started.class);
        seesHeld(work, new Fence(1, 0));

        assertThat(connection.countUnsettled()).isEqualTo(1);
        succeeds(work, new Fence(1, 0));
    }

    @Test
    void goesOnWithoutItsConnection() {
        start();
        TestWork work = work().withTimeout(HOURS);
        submit(local, "k", work);
        awaiting(() -> assertThat(local.stats().settled()).isPositive());
        seesHeld(work, new Fence(1, 0));

        connection.cut();

        seesHeld(work, new Fence(1, 0));
        succeeds(work, new Fence(1, 0));
        assertThat(calls).containsExactly(work.id());
    }

    /** The connection is lost before the start is confirmed, so the message comes again. */
    @Test
    void letsGoOfTheMessageThatItReceivedAgain() {
        Sinks.Empty<Void> gate = broker.holdBack();
        start();
        TestWork work = work().withTimeout(HOURS);
        submit(local, "k", work);
        awaitStart();

        connection.cut();
        awaiting(() -> assertThat(connection.countUnsettled()).isEqualTo(1));
        gate.tryEmitEmpty();

        awaiting(() -> assertThat(connection.countUnsettled()).isZero());
        succeeds(work, new Fence(1, 1));
        assertThat(calls).containsExactly(work.id());
    }

    /** The connection is lost before the start is confirmed, and the message comes to another processor. */
    @Test
    void endsWhereAnotherProcessorHasItsMessage() {
        Sinks.Empty<Void> gate = broker.holdBack();
        start();
        TestWork work = work().withTimeout(HOURS);
        submit(local, "k", work);
        awaitStart();

        connection.cutForAnother();
        gate.tryEmitEmpty();

        assertThat(log.end(work.id(), Report.Released.class).cause()).isEqualTo(Cause.HANDED_BACK);
        assertThat(calls).isEmpty();
    }

    /** It comes from a processor that may have let go of the message, and whose ack was lost. */
    @Test
    void saysOfARedeliveredMessageThatItMayRunElsewhere() {
        TestWork work = work().withTimeout(HOURS);
        ReceivedMessage message = receivedByAnother(work);
        start();

        message.requeue();

        assertThat(log.end(work.id(), Report.Released.class).cause()).isEqualTo(Cause.MAY_RUN_ELSEWHERE);
    }

    /** To say that it is canceled would end the request, and nobody would tell the processor that runs it. */
    @Test
    void saysTheSameOfARedeliveredMessageThatWasCanceled() {
        TestWork work = work().withTimeout(HOURS);
        ReceivedMessage message = receivedByAnother(work);
        start();
        TestWork running = work();
        submit(local, "k", running);
        log.sees(running.id(), Report.Started.class);
        control(new ControlMessage.Cancel(List.of(work.id(), running.id())));
        log.end(running.id(), Report.Canceled.class);

        message.requeue();

        assertThat(log.end(work.id(), Report.Released.class).cause()).isEqualTo(Cause.MAY_RUN_ELSEWHERE);
    }

    /** It was silent, and its run was taken back; the later dispatch went to another processor. */
    @Test
    void endsTheDispatchesThatAGatewayForsakes() {
        start();
        TestWork vain = work().withTimeout(HOURS);
        TestWork later = work().withTimeout(HOURS).withDispatch(2);
        submit(local, "k", vain, later);
        awaiting(() -> assertThat(calls).containsExactlyInAnyOrder(vain.id(), later.id()));

        control(new ControlMessage.Forsake(
                List.of(new ControlMessage.Dispatch(vain.id(), 1), new ControlMessage.Dispatch(later.id(), 1))));

        log.end(vain.id(), Report.Released.class);
        succeeds(later, new Fence(2, 0));
    }

    @Test
    void runsAloneOnceThroughALostConnection() {
        start();
        TestWork work = work().withTimeout(HOURS).runAlone();
        submit(local, "k", work);
        awaiting(() -> assertThat(calls).containsExactly(work.id()));
        connection.cut();
        seesHeld(work, new Fence(1, 0));

        succeeds(work, new Fence(1, 0));
        assertThat(calls).containsExactly(work.id());
    }

    @Test
    void holdsAMessageAsLongAsOneOfItsRequestsDoes() {
        start();
        TestWork hours = work().withTimeout(HOURS);
        TestWork minutes = work().withTimeout(Duration.ofMinutes(1));
        submit(local, "k", hours, minutes);
        log.sees(hours.id(), Report.Started.class);
        log.sees(minutes.id(), Report.Started.class);
        seesHeld(hours, new Fence(1, 0));
        assertThat(connection.countUnsettled()).isEqualTo(1);

        succeeds(minutes, new Fence(1, 0));

        log.end(hours.id(), Report.Succeeded.class);
        awaiting(() -> assertThat(connection.countUnsettled()).isZero());
    }

    private void start() {
        start((work, _) -> {
            calls.add(work.id());
            return result.asMono();
        });
    }

    /** The run has its token; the report of its start may be on its way. */
    private void awaitStart() {
        awaiting(() -> assertThat(tokensUsed()).isEqualTo(1));
    }

    private void control(ControlMessage message) {
        local.publish(OutboundMessage.hint(Topology.CONTROL_EXCHANGE, Wire.encode(message)))
                .block(Duration.ofSeconds(5));
    }

    private ReceivedMessage receivedByAnother(TestWork work) {
        List<ReceivedMessage> received = new CopyOnWriteArrayList<>();
        Disposable other = local.consume(Topology.work("k"), 1).subscribe(received::add);
        submit(local, "k", work);
        awaiting(() -> assertThat(received).hasSize(1));
        other.dispose();
        return received.getFirst();
    }

    private void succeeds(TestWork work, Fence fence) {
        result.tryEmitValue(Payload.EMPTY);
        assertThat(log.end(work.id(), Report.Succeeded.class).fence()).isEqualTo(fence);
    }

    private void seesHeld(TestWork work, Fence fence) {
        int before = log.heartbeats().size();
        awaiting(() -> assertThat(log.heartbeats().stream().skip(before).flatMap(beat -> beat.held().stream()))
                .anySatisfy(held -> {
                    assertThat(held.id()).isEqualTo(work.id());
                    assertThat(held.fence()).isEqualTo(fence);
                }));
    }
}
