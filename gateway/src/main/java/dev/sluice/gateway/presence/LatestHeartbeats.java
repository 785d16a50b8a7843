package dev.sluice.gateway.presence;

import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.queue.Topology;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * The latest heartbeat of each processor in each status shard, noted after every report that the processor made before
 * it. So a run that a heartbeat does not list is compared with a log that already has the run's reports.
 *
 * <p>Thread-safe. Bound: one heartbeat for each shard and living processor; {@link #keepOnly} forgets the others.
 */
public final class LatestHeartbeats {

    private final List<Map<UUID, Beat>> shards = IntStream.range(0, Topology.STATUS_SHARDS)
            .<Map<UUID, Beat>>mapToObj(_ -> new ConcurrentHashMap<>())
            .toList();

    /**
     * One heartbeat.
     *
     * @param number rises with each heartbeat of the processor
     * @param held the runs that the processor has, of the shard's requests
     */
    public record Beat(long number, Map<RequestId, Fence> held) {
        public Beat {
            held = Map.copyOf(held);
        }

        /** Whether it lists this run, or a later run of the same request. */
        public boolean lists(RequestId id, Fence fence) {
            Fence listed = held.get(id);
            return listed != null && listed.compareTo(fence) >= 0;
        }
    }

    /** Notes a heartbeat. */
    public void heard(int shard, Heartbeat heartbeat) {
        Map<RequestId, Fence> held = HashMap.newHashMap(heartbeat.held().size());
        for (Held each : heartbeat.held()) {
            held.merge(each.id(), each.fence(), (one, two) -> one.compareTo(two) > 0 ? one : two);
        }
        shards.get(shard).put(heartbeat.processor(), new Beat(heartbeat.number(), held));
    }

    /** The latest heartbeats of a shard, by processor. A view. */
    public Map<UUID, Beat> of(int shard) {
        return Collections.unmodifiableMap(shards.get(shard));
    }

    /** The latest heartbeat of a processor in the shard of a request. */
    public Optional<Beat> of(RequestId id, UUID processor) {
        return Optional.ofNullable(shards.get(Topology.shardOf(id.value())).get(processor));
    }

    /** Whether the latest heartbeat of any processor lists a run. */
    public boolean anyLists(RequestId id, Fence fence) {
        return shards.get(Topology.shardOf(id.value())).values().stream().anyMatch(beat -> beat.lists(id, fence));
    }

    /** Forgets a shard: these heartbeats were the latest in an earlier tenure. */
    public void forget(int shard) {
        shards.get(shard).clear();
    }

    /** Forgets all processors but these. */
    public void keepOnly(Set<UUID> processors) {
        shards.forEach(beats -> beats.keySet().retainAll(processors));
    }
}
