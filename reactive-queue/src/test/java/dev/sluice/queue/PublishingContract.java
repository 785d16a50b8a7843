package dev.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** How messages are published and confirmed, also at the bounds. */
interface PublishingContract extends BrokerUnderTest {

    @Test
    default void countsEachConfirmedMessageOnce() {
        Broker broker = broker();

        Flux.range(0, 500)
                .flatMap(i -> broker.publish(message("m" + i)), 256, 32)
                .blockLast(PATIENCE);

        BrokerStats stats = broker.stats();
        assertThat(stats.confirmed()).isEqualTo(500);
        assertThat(stats.published()).isEqualTo(stats.confirmed() + stats.failed() + stats.inFlight());
        assertThat(stats.waiting()).isZero();
    }

    @Test
    default void refusesAMandatoryMessageThatNoQueueIsBoundFor() {
        Broker broker = broker();

        StepVerifier.create(broker.publish(OutboundMessage.durable(queue().exchange(), "nobody", new byte[1])))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                PublishException.Unroutable.class,
                                unroutable ->
                                        assertThat(unroutable.mayHaveArrived()).isFalse()))
                .verify(PATIENCE);
        publish(broker, "still works");
    }

    @Test
    default void dropsAHintThatNobodyListensTo() {
        Broker broker = broker();

        StepVerifier.create(broker.publish(OutboundMessage.hint(Topology.ANNOUNCE_EXCHANGE, new byte[1])))
                .expectComplete()
                .verify(PATIENCE);
    }

    @Test
    default void letsPublishesWaitWhileBlockedAndEndsThemAfterTheTimeout() {
        Broker broker = broker(new PublishLimits(4, 100, 1_000_000, Duration.ofMillis(500)));
        block(broker);

        StepVerifier.create(broker.publish(message("waits")))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                PublishException.ConfirmTimeout.class,
                                timeout -> assertThat(timeout.mayHaveArrived()).isFalse()))
                .verify(PATIENCE);

        assertThat(broker.state()).isEqualTo(BrokerState.BLOCKED);
        unblock(broker);
        await().atMost(PATIENCE).until(() -> broker.state() == BrokerState.CONNECTED);
        publish(broker, "flows");
        assertThat(broker.stats().waiting()).isZero();
    }

    @Test
    default void refusesWhatExceedsTheWaitingBound() {
        Broker broker = broker(new PublishLimits(2, 3, 1_000_000, Duration.ofSeconds(20)));
        block(broker);
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            broker.publish(message("waits " + i)).subscribe(null, _ -> {}, done::incrementAndGet);
        }

        StepVerifier.create(broker.publish(message("one too many")))
                .expectError(PublishException.Overflow.class)
                .verify(PATIENCE);

        assertThat(done).hasValue(0);
        unblock(broker);
        await().atMost(PATIENCE).until(() -> done.get() == 5);
    }

    @Test
    default void refusesWhatExceedsTheWaitingBytes() {
        Broker broker = broker(new PublishLimits(2, 100, 1_000, Duration.ofSeconds(20)));
        block(broker);
        AtomicInteger done = new AtomicInteger();
        broker.publish(message("x".repeat(900))).subscribe(null, _ -> {}, done::incrementAndGet);

        StepVerifier.create(broker.publish(message("y".repeat(200))))
                .expectError(PublishException.Overflow.class)
                .verify(PATIENCE);

        unblock(broker);
        await().atMost(PATIENCE).until(() -> done.get() == 1);
    }

    @Test
    default void keepsAccountsRightWhenPublishesAreCancelled() {
        Broker broker = broker(new PublishLimits(2, 100, 1_000_000, Duration.ofSeconds(2)));
        block(broker);
        List<Disposable> waits = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            waits.add(broker.publish(message("cancelled " + i)).subscribe());
        }

        waits.forEach(Disposable::dispose);
        unblock(broker);

        await().atMost(PATIENCE)
                .until(() -> broker.stats().waiting() + broker.stats().inFlight() == 0);
        BrokerStats stats = broker.stats();
        assertThat(stats.published()).isEqualTo(stats.confirmed() + stats.failed());
        publish(broker, "flows");
    }

    @Test
    default void neverHasMoreInFlightThanAllowed() {
        Broker broker = broker(new PublishLimits(8, 10_000, 10_000_000, Duration.ofSeconds(20)));
        Disposable publishing = Flux.range(0, 3_000)
                .flatMap(i -> broker.publish(message("m" + i)), 1_000, 32)
                .subscribe();

        long worst = 0;
        while (broker.stats().confirmed() < 3_000 && !publishing.isDisposed()) {
            worst = Math.max(worst, broker.stats().inFlight());
        }

        assertThat(worst).isLessThanOrEqualTo(8);
    }

    @Test
    default void endsEverythingWhenClosed() {
        Broker broker = broker(new PublishLimits(2, 100, 1_000_000, Duration.ofSeconds(20)));
        Collector collector = Collector.holding(broker.consume(queue(), 10));
        publish(broker, "held");
        collector.awaitCount(1);

        broker.close().block(PATIENCE);

        StepVerifier.create(broker.publish(message("too late")))
                .expectError(PublishException.ConnectionLost.class)
                .verify(PATIENCE);
        StepVerifier.create(broker.consume(queue(), 1)).expectComplete().verify(PATIENCE);
        StepVerifier.create(broker.states())
                .thenConsumeWhile(_ -> true)
                .expectComplete()
                .verify(PATIENCE);
        collector.messages().getFirst().ack();
    }
}
