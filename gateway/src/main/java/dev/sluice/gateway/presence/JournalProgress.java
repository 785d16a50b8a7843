package dev.sluice.gateway.presence;

import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The progress of this gateway's journal in each status shard: the number of messages received, and the number written.
 * A message that comes again counts again.
 *
 * <p>The gateways share the shards, so a gateway receives one for a tenure: from the first message until it hands the
 * shard on or loses the channel of its last message. Thread-safe. Bound: it holds the last message of each shard.
 */
public final class JournalProgress {

    public static final long NO_TENURE = 0;

    /** The most messages of a shard that are received, or on their way here, and not settled. */
    public static final int MAX_UNSETTLED = 64;

    private final List<Shard> shards = IntStream.range(0, Topology.STATUS_SHARDS)
            .mapToObj(_ -> new Shard())
            .toList();

    private static final class Shard {
        private long received;
        private long written;
        private long tenures;
        private @Nullable ReceivedMessage last;

        private synchronized boolean receive(ReceivedMessage message) {
            boolean begins = last == null || last.isGone();
            received++;
            tenures += begins ? 1 : 0;
            last = message;
            return begins;
        }

        private synchronized void handOn() {
            last = null;
        }

        private synchronized long tenure() {
            return last == null || last.isGone() ? NO_TENURE : tenures;
        }

        private synchronized void write() {
            written++;
        }

        private synchronized long received() {
            return received;
        }

        private synchronized long written() {
            return written;
        }
    }

    /** A message arrived; whether a tenure begins with it. */
    public boolean received(int shard, ReceivedMessage message) {
        return shards.get(shard).receive(message);
    }

    /** Another gateway receives the shard from now on. */
    public void handedOn(int shard) {
        shards.get(shard).handOn();
    }

    /** The number of the present tenure; {@link #NO_TENURE} if this gateway does not receive the shard. */
    public long tenure(int shard) {
        return shards.get(shard).tenure();
    }

    /** Whether this gateway receives the shard, as far as it knows. */
    public boolean isReceived(int shard) {
        return tenure(shard) != NO_TENURE;
    }

    /** A message that arrived is written, or was given up. */
    public void written(int shard) {
        shards.get(shard).write();
    }

    public long countReceived(int shard) {
        return shards.get(shard).received();
    }

    public long countWritten(int shard) {
        return shards.get(shard).written();
    }
}
