package dev.sluice.queue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import reactor.core.publisher.Flux;

/** The broker under test, for the parts of {@link BrokerContract}. */
public interface BrokerUnderTest {

    Duration PATIENCE = Duration.ofSeconds(30);
    Duration BRIEFLY = Duration.ofMillis(300);

    /** The queue of this test; declared on each of its brokers. */
    QueueSpec queue();

    /** A new broker with these limits that is connected; the suite closes it. */
    Broker broker(PublishLimits limits);

    default Broker broker() {
        return broker(PublishLimits.DEFAULT);
    }

    /** Makes publishers wait until {@link #unblock}: a full queue or an alarm. */
    void block(Broker broker);

    void unblock(Broker broker);

    default OutboundMessage message(String text) {
        return OutboundMessage.durable(queue().exchange(), queue().routingKey(), text.getBytes(StandardCharsets.UTF_8));
    }

    default void publish(Broker broker, String... texts) {
        Flux.fromArray(texts)
                .concatMap(text -> broker.publish(message(text)), 1)
                .blockLast(PATIENCE);
    }

    default void publishTo(Broker broker, QueueSpec target, String text) {
        broker.publish(OutboundMessage.durable(
                        target.exchange(), target.routingKey(), text.getBytes(StandardCharsets.UTF_8)))
                .block(PATIENCE);
    }
}
