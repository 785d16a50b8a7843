package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.presence.LatestHeartbeats;
import dev.sluice.gateway.presence.LatestHeartbeats.Beat;
import dev.sluice.gateway.store.RequestEvidence.Out;
import dev.sluice.gateway.transition.LostRun;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import dev.sluice.queue.Topology;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import reactor.core.publisher.Mono;

/**
 * Finds runs that are out and with no processor, by evidence and never by age:
 *
 * <pre>
 * runs at P, P lives, two more heartbeats of P do not list it               lost with its channel
 * runs at P, P is silent past its lease                                     crashed; lost if others ran at P
 * queued, no heartbeat of any processor lists it, nor do two more of each, and
 *     nothing is ready at the broker                                        its message is lost
 *     or one of the kind that was dispatched clearly later has started      it was overtaken
 * </pre>
 *
 * <p>The lease of a processor is the larger of 30 s and six of its own heartbeats. Silence counts only as far as the
 * status queue of the request's shard is read and written: messages that wait at the broker or in a journal that is
 * late may be heartbeats, so that time is taken off; see {@link ProcessorSilence} and {@link StatusQueueReading}. A
 * crash that several runs share is nobody's fault: it counts against those only that were to run alone.
 *
 * <p>Nothing is concluded until this gateway has reached Postgres and the broker for a whole lease, the longest of
 * all known processors, because a silence may be its own. Not thread-safe: for the one look of a {@link
 * HeartbeatSweep} at a time.
 */
final class LostRuns {

    private static final int MORE_HEARTBEATS = 2;
    private static final Duration QUEUED_AT_LEAST = Duration.ofSeconds(15);

    private final LatestHeartbeats heartbeats;
    private final ProcessorSilence silence;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final Map<RunId, Map<UUID, Long>> suspects = new HashMap<>();
    private final OvertakenDispatches overtaken = new OvertakenDispatches();
    private long steadySinceNanos;

    private record RunId(RequestId id, Fence fence) {}

    /** A run to be taken back, and why. */
    record Finding(Out out, LostRun.Evidence evidence, String name) {}

    LostRuns(LatestHeartbeats heartbeats, ProcessorSilence silence, Clock clock, LongSupplier nanoTime) {
        this.heartbeats = heartbeats;
        this.silence = silence;
        this.clock = clock;
        this.nanoTime = nanoTime;
        steadySinceNanos = nanoTime.getAsLong();
    }

    /** Postgres or the broker could not be reached: what looks like silence may be our own deafness. */
    void unsteady() {
        steadySinceNanos = nanoTime.getAsLong();
        suspects.clear();
        silence.forget();
    }

    /** Looks which processors are silent; to be done before what is out is read. Cold. */
    Mono<Void> look() {
        return silence.look();
    }

    /** Whether this run is queued for so long that its message may be lost. */
    boolean mayBeLostInQueue(Out out) {
        return out.processor() == null
                && out.dispatchedAt().plus(QUEUED_AT_LEAST).isBefore(clock.instant());
    }

    /**
     * The lost ones of all that is out.
     *
     * @param emptyKinds kinds whose queue had nothing ready just now
     */
    List<Finding> among(List<Out> outs, Set<String> emptyKinds) {
        List<Set<UUID>> candidates = IntStream.range(0, Topology.STATUS_SHARDS)
                .mapToObj(silence::notSilent)
                .toList();
        heartbeats.keepOnly(candidates.stream().flatMap(Set::stream).collect(Collectors.toSet()));
        overtaken.note(outs, out -> heartbeats.anyLists(out.id(), out.fence()));
        Map<UUID, Integer> runs = new HashMap<>();
        outs.stream().map(Out::processor).filter(Objects::nonNull).forEach(id -> runs.merge(id, 1, Integer::sum));
        Set<RunId> missing = new HashSet<>();
        List<Finding> found = new ArrayList<>();
        for (Out out : outs) {
            Set<UUID> ofItsShard = candidates.get(Topology.shardOf(out.id().value()));
            UUID processor = out.processor();
            Optional<Finding> finding = processor == null
                    ? judgeQueued(out, ofItsShard, emptyKinds, missing)
                    : judgeRunning(out, processor, ofItsShard, runs, missing);
            finding.ifPresent(found::add);
        }
        suspects.keySet().retainAll(missing);
        return found;
    }

    private Optional<Finding> judgeQueued(Out out, Set<UUID> candidates, Set<String> emptyKinds, Set<RunId> missing) {
        boolean noneReady = emptyKinds.contains(out.kind());
        boolean nowhere = mayBeLostInQueue(out)
                && (noneReady || overtaken.isOvertaken(out))
                && staysMissing(out, candidates, missing);
        return nowhere
                ? Optional.of(new Finding(out, LostRun.Evidence.LOST, noneReady ? "no_message" : "overtaken"))
                : Optional.empty();
    }

    private Optional<Finding> judgeRunning(
            Out out, UUID processor, Set<UUID> candidates, Map<UUID, Integer> runs, Set<RunId> missing) {
        if (!candidates.contains(processor)) {
            boolean suspect = out.alone() || runs.getOrDefault(processor, 0) == 1;
            LostRun.Evidence shown = suspect ? LostRun.Evidence.CRASHED : LostRun.Evidence.LOST;
            return isSteady() ? Optional.of(new Finding(out, shown, "silent_processor")) : Optional.empty();
        }
        return staysMissing(out, Set.of(processor), missing)
                ? Optional.of(new Finding(out, LostRun.Evidence.LOST, "not_held"))
                : Optional.empty();
    }

    /** Whether so many more heartbeats of each of these came since it was missing first, and none listed it. */
    private boolean staysMissing(Out out, Set<UUID> candidates, Set<RunId> missing) {
        RunId run = new RunId(out.id(), out.fence());
        Map<UUID, Long> numbers = new HashMap<>();
        for (UUID candidate : candidates) {
            Beat beat = heartbeats.of(out.id(), candidate).orElse(null);
            if (beat == null || beat.lists(out.id(), out.fence())) {
                return false;
            }
            numbers.put(candidate, beat.number());
        }
        missing.add(run);
        Map<UUID, Long> since = suspects.computeIfAbsent(run, _ -> numbers);
        return isSteady()
                && since.entrySet().stream()
                        .filter(first -> candidates.contains(first.getKey()))
                        .allMatch(first ->
                                numbers.getOrDefault(first.getKey(), 0L) >= first.getValue() + MORE_HEARTBEATS);
    }

    private boolean isSteady() {
        return nanoTime.getAsLong() - steadySinceNanos > silence.longestLease().toNanos();
    }
}
