package dev.sluice.gateway.presence;

import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The progress of this gateway's journal in each status shard: the number of messages received, the number written, and
 * the time of the last one. A message that comes again counts again. Thread-safe.
 */
public final class JournalProgress {

    private final LongSupplier nanoTime;
    private final List<Shard> shards = IntStream.range(0, Topology.STATUS_SHARDS)
            .mapToObj(_ -> new Shard())
            .toList();

    private static final class Shard {
        private long received;
        private long written;
        private @Nullable Long lastNanos;

        private synchronized void receive(long nanos) {
            received++;
            lastNanos = nanos;
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

        private synchronized @Nullable Long lastNanos() {
            return lastNanos;
        }
    }

    public JournalProgress(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A message arrived. */
    public void received(int shard) {
        shards.get(shard).receive(nanoTime.getAsLong());
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

    /** The time since the last message arrived; empty if this gateway never received one of the shard. */
    public Optional<Duration> sinceLastReceived(int shard) {
        return Optional.ofNullable(shards.get(shard).lastNanos())
                .map(last -> Duration.ofNanos(nanoTime.getAsLong() - last));
    }
}
