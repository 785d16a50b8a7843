package dev.sluice.queue;

/**
 * The present load of the broker and its counts since it was made.
 *
 * <p>Law: published = confirmed + failed + inFlight, at any quiet moment. Alert when {@code waiting} stays near its
 * bound.
 *
 * @param inFlight messages sent and not yet confirmed
 * @param waiting messages that wait for a free place
 * @param heldBytes bodies of those in flight or waiting
 * @param queued messages in queues of this process, unsettled ones included; none where a server keeps them
 * @param queuedBytes their bodies
 * @param unsettled messages received whose settling the broker has not seen yet; at most the prefetch of each consumer
 * @param unsettledBytes their bodies
 * @param published messages handed to the broker
 * @param confirmed messages the broker has taken
 * @param failed messages that ended with an error after being handed over
 * @param received messages received
 * @param redelivered received messages that had been delivered before
 * @param settled messages acked, requeued or rejected
 * @param reconnects connections made again after a loss
 */
public record BrokerStats(
        long inFlight,
        long waiting,
        long heldBytes,
        long queued,
        long queuedBytes,
        long unsettled,
        long unsettledBytes,
        long published,
        long confirmed,
        long failed,
        long received,
        long redelivered,
        long settled,
        long reconnects) {

    /** The same counts, with the queues that the broker keeps in this process. */
    public BrokerStats withQueued(long messages, long bytes) {
        return new BrokerStats(
                inFlight,
                waiting,
                heldBytes,
                messages,
                bytes,
                unsettled,
                unsettledBytes,
                published,
                confirmed,
                failed,
                received,
                redelivered,
                settled,
                reconnects);
    }
}
