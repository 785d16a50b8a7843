package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.presence.LatestHeartbeats;
import dev.sluice.gateway.presence.LatestHeartbeats.Beat;
import dev.sluice.gateway.store.RequestEvidence.Out;
import dev.sluice.message.ControlMessage.Dispatch;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Finds runs that processors have in vain: heartbeats list them, and their request has ended, waits, or was dispatched
 * again. A processor that was silent for so long that its runs were taken back has such runs when it comes back, and
 * they hold its tokens.
 *
 * <p>A dispatch is committed before it is published, and one that is not out any more is never out again. So a run that
 * is listed before a look and not out in it does not count. It may just have ended, and the heartbeat is older than its
 * last report: so processors are asked only once {@value LostRuns#MORE_HEARTBEATS} more heartbeats were sent.
 *
 * <p>A look comes in parts as in {@link LostRuns}. Bound: an entry for each run that heartbeats list. Not thread-safe.
 */
final class VainRuns {

    private final LatestHeartbeats heartbeats;
    private final Map<RequestId, List<Listed>> listed = new HashMap<>();
    private Map<RunAt, Long> suspects = Map.of();

    /** A run of a processor, of whichever delivery. */
    private record RunAt(UUID processor, RequestId id, int dispatch) {}

    /** A run in the latest heartbeat of its processor, which has this number. */
    private record Listed(RunAt run, long number) {}

    VainRuns(LatestHeartbeats heartbeats) {
        this.heartbeats = heartbeats;
    }

    /** Begins a look at all requests of these shards that are out. */
    void begin(Set<Integer> shards) {
        listed.clear();
        shards.forEach(shard -> heartbeats.of(shard).forEach(this::add));
    }

    private void add(UUID processor, Beat beat) {
        beat.held()
                .forEach((id, fence) -> listed.computeIfAbsent(id, _ -> new ArrayList<>(1))
                        .add(new Listed(new RunAt(processor, id, fence.dispatch()), beat.number())));
    }

    /** These requests are out: their present dispatches are not in vain. */
    void note(List<Out> outs) {
        for (Out out : outs) {
            listed.computeIfPresent(out.id(), (_, runs) -> outrun(runs, out.fence()));
        }
    }

    private static @Nullable List<Listed> outrun(List<Listed> runs, Fence present) {
        List<Listed> outrun = runs.stream()
                .filter(listed -> listed.run.dispatch < present.dispatch())
                .toList();
        return outrun.isEmpty() ? null : outrun;
    }

    /** The look has seen all requests that are out. */
    List<Dispatch> end() {
        Map<RunAt, Long> since = new HashMap<>();
        List<Dispatch> found = new ArrayList<>();
        listed.values().stream().flatMap(List::stream).forEach(listed -> {
            RunAt run = listed.run;
            long first = suspects.getOrDefault(run, listed.number);
            since.put(run, first);
            if (listed.number >= first + LostRuns.MORE_HEARTBEATS) {
                found.add(new Dispatch(run.id, run.dispatch));
            }
        });
        suspects = since;
        return found;
    }
}
