package dev.sluice.queue;

/**
 * A queue, the exchange it is bound to, and how both must be declared. Arguments of a queue cannot change, so names
 * carry a version.
 *
 * @param exchange the exchange it is bound to, empty for the default exchange (reached by the queue's name)
 * @param exchangeType of that exchange
 * @param name the queue's name
 * @param routingKey of the binding
 * @param sort durability and bounds
 */
public record QueueSpec(String exchange, ExchangeType exchangeType, String name, String routingKey, Sort sort) {

    /** How an exchange distributes messages. */
    public enum ExchangeType {
        DIRECT,
        FANOUT
    }

    /** Which events a queue must survive. */
    public enum Sort {
        /**
         * Replicated and on disk; its dead letters go to {@link Topology#DEAD_EXCHANGE}, at least once: rejected
         * messages, and those that come back more than {@link #deliveryLimit} times.
         */
        WORK,
        /** As {@link #WORK}, but without a delivery limit, and only one of its consumers receives at a time. */
        SINGLE_CONSUMER,
        /** Replicated and on disk, without dead-lettering: it is where dead letters end. */
        DEAD,
        /**
         * Replicated and on disk, empty, never consumed: its presence is the information. A queue of one node would
         * look gone while that node is down, although the broker is still the same.
         */
        MARKER,
        /** Of one connection, gone with it; holds at most {@link Topology#MAX_HINTS} messages and drops the oldest. */
        HINTS;

        /** How often a message may come back. */
        public int deliveryLimit() {
            return this == WORK ? Topology.DELIVERY_LIMIT : Topology.NO_DELIVERY_LIMIT;
        }
    }
}
