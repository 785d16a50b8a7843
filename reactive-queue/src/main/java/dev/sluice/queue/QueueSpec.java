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
        /**
         * Where dead letters wait for their reader: replicated and on disk, without a delivery limit, and only one of
         * its consumers receives at a time. Bounded by {@link Topology#MAX_DEAD} and {@link Topology#MAX_DEAD_BYTES}; a
         * letter that does not fit stays in the queue that gives it up.
         */
        DEAD,
        /** Replicated and on disk, without a bound: a dead queue of an earlier version. */
        FORMER_DEAD,
        /**
         * Replicated and on disk, read by people only. Bounded by {@link Topology#MAX_UNREADABLE} and
         * {@link Topology#MAX_UNREADABLE_BYTES}; at the bound the oldest message goes.
         */
        PARKED,
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

        /** Whether its rejected messages, and those beyond the delivery limit, become dead letters. */
        public boolean isDeadLettering() {
            return this == WORK || this == SINGLE_CONSUMER;
        }

        /** Whether only one of its consumers receives at a time. */
        public boolean isOfSingleConsumer() {
            return this == SINGLE_CONSUMER || this == DEAD;
        }
    }
}
