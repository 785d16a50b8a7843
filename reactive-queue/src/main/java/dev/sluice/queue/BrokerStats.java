package dev.sluice.queue;

/**
 * What the broker holds and has done since it was made.
 *
 * <p>Law: published = confirmed + failed + inFlight, at any quiet moment. Alert when {@code waiting} stays near its bound.
 *
 * @param inFlight messages sent and not yet confirmed
 * @param waiting messages that wait for a free place
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
        long published,
        long confirmed,
        long failed,
        long received,
        long redelivered,
        long settled,
        long reconnects) {}
