package dev.sluice.processor;

import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.BrokerStats;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A broker in front of another one. Its consumers lose their connection on demand: their unsettled messages are
 * delivered again, and settling the old ones does nothing.
 */
final class CuttableBroker implements Broker {

    private final Broker broker;
    private final Set<Cuttable> unsettled = ConcurrentHashMap.newKeySet();

    CuttableBroker(Broker broker) {
        this.broker = broker;
    }

    /** The connection is lost and back at once. */
    void cut() {
        List.copyOf(unsettled).forEach(Cuttable::cut); // not the messages that come again meanwhile
    }

    /** The connection is lost and back at once, and another processor has the messages now. */
    void cutForAnother() {
        List.copyOf(unsettled).forEach(Cuttable::lose);
    }

    int countUnsettled() {
        return unsettled.size();
    }

    @Override
    public Flux<ReceivedMessage> consume(QueueSpec queue, int prefetch) {
        return broker.consume(queue, prefetch).map(Cuttable::new);
    }

    @Override
    public Mono<Void> publish(OutboundMessage message) {
        return broker.publish(message);
    }

    @Override
    public Mono<Void> declare(QueueSpec queue) {
        return broker.declare(queue);
    }

    @Override
    public Mono<Long> ready(String queue) {
        return broker.ready(queue);
    }

    @Override
    public Mono<Void> delete(String queue) {
        return broker.delete(queue);
    }

    @Override
    public BrokerState state() {
        return broker.state();
    }

    @Override
    public Flux<BrokerState> states() {
        return broker.states();
    }

    @Override
    public BrokerStats stats() {
        return broker.stats();
    }

    @Override
    public Mono<Void> close() {
        return broker.close();
    }

    private final class Cuttable implements ReceivedMessage {

        private final ReceivedMessage message;
        private final AtomicBoolean settled = new AtomicBoolean();
        private volatile boolean gone;

        Cuttable(ReceivedMessage message) {
            this.message = message;
            unsettled.add(this);
        }

        void cut() {
            gone = true;
            settle(message::requeue);
        }

        void lose() {
            gone = true;
            settle(message::ack);
        }

        @Override
        public boolean isGone() {
            return gone;
        }

        @Override
        public byte[] body() {
            return message.body();
        }

        @Override
        public int redeliveries() {
            return message.redeliveries();
        }

        @Override
        public void ack() {
            settle(message::ack);
        }

        @Override
        public void requeue() {
            settle(message::requeue);
        }

        @Override
        public void reject() {
            settle(message::reject);
        }

        private void settle(Runnable settling) {
            if (settled.compareAndSet(false, true)) {
                unsettled.remove(this);
                settling.run();
            }
        }
    }
}
