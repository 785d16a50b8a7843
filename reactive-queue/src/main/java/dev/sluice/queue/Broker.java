package dev.sluice.queue;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A connection to a carrier of messages: it publishes with confirms, consumes with explicit settling, and recovers by
 * itself.
 *
 * <p>Thread-safe. Signals arrive on threads of the adapter, never on the caller's. Not supported: transactions,
 * priorities, and any promise of "exactly once": a message may arrive twice, and consumers must tolerate that.
 */
public interface Broker {

    /**
     * Declares an exchange and its queue, or finds that they are there already.
     *
     * <p>Cold. Waits while the connection is down; the caller bounds the wait.
     *
     * @return empty once the queue exists with these arguments and this binding
     */
    Mono<Void> declare(QueueSpec queue);

    /**
     * How many messages of a queue wait to be received, now; never declares.
     *
     * @return the count, empty if there is no such queue; {@link PublishException.ConnectionLost} if the broker could
     *     not be asked
     */
    Mono<Long> ready(String queue);

    /** Whether a queue of this name is there now; otherwise as {@link #ready}. */
    default Mono<Boolean> exists(String queue) {
        return ready(queue).hasElement();
    }

    /**
     * Deletes a queue with all it holds; a queue that is not there is no error.
     *
     * @return empty once it is gone; {@link PublishException.ConnectionLost} if the broker could not be asked
     */
    Mono<Void> delete(String queue);

    /**
     * Publishes a message and completes once the broker has confirmed it.
     *
     * <p>Cold: each subscription publishes once. Up to {@link PublishLimits#maxInFlight} messages wait for their
     * confirm; up to {@link PublishLimits#maxWaiting} further ones wait for a free place, in order, without being sent;
     * one more ends with {@link PublishException.Overflow}. While the broker blocks publishers or is not connected,
     * messages wait in the same way, at most the confirm time-out. Cancelling gives up the wait, not the message.
     *
     * @return empty when confirmed. {@link PublishException.Unroutable} if no queue is bound: declare it first;
     *     {@link PublishException.Nacked}, {@link PublishException.ConfirmTimeout},
     *     {@link PublishException.ConnectionLost}: publish again; {@link PublishException#mayHaveArrived()} says
     *     whether consumers may see it twice
     */
    Mono<Void> publish(OutboundMessage message);

    /**
     * Receives the messages of a queue, declaring it before each (re)subscription to the broker.
     *
     * <p>Cold: each subscription is a consumer of its own. At most {@code prefetch} messages are received and not yet
     * settled. Never completes and never fails: after a lost connection, a closed channel, a deleted queue or a cancel
     * by the broker it declares and consumes again, with a growing pause of 0.1 to 2 s. Cancelling stops receiving;
     * unsettled messages stay settleable until {@link #close()}, so that work in progress can still be acked. Where one
     * consumer receives at a time, the next one receives once the messages of the cancelled one are settled: so each
     * message comes in order.
     *
     * @param prefetch 1 to 65,535. It bounds the bytes too, at prefetch times the largest message, so choose it for the
     *     bytes: RabbitMQ does not bound by size, and cannot change the prefetch of a present consumer
     * @return an endless stream of messages, each to be settled once
     */
    Flux<ReceivedMessage> consume(QueueSpec queue, int prefetch);

    /** The state of the publishing connection now. */
    BrokerState state();

    /**
     * The state now and each change after it, newest only for a slow subscriber. Hot; completes after {@link #close()}.
     */
    Flux<BrokerState> states();

    /** Counts for gauges; a snapshot. */
    BrokerStats stats();

    /**
     * Stops: publishes that wait are given up as {@link PublishException.ConnectionLost}, unsettled messages return to
     * their queues.
     *
     * @return empty once the connections are closed, or after 5 s
     */
    Mono<Void> close();
}
