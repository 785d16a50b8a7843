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
import org.jspecify.annotations.Nullable;
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
 * late may be heartbeats, so the age of those messages is subtracted from the silence; see {@link ProcessorSilence} and
 * {@link StatusQueueReading}. No request is to blame for a crash that several runs share: a crash counts only
 * against requests that were to run alone.
 *
 * <p>Nothing is concluded until this gateway has reached Postgres and the broker for a whole lease, the longest of
 * all known processors, because a silence may be its own.
 *
 * <p>A look comes in parts: {@link #begin}, then {@link #among} for each part, then {@link #end}. Bound: a suspect for
 * each run that is with no processor, and a number for each silent processor. Not thread-safe: for the one look of a
 * {@link HeartbeatSweep} at a time.
 */
final class LostRuns {

    /** A run that looks wrong is judged once its processor has sent so many more heartbeats. */
    static final int MORE_HEARTBEATS = 2;

    private static final Duration QUEUED_AT_LEAST = Duration.ofSeconds(15);

    private final LatestHeartbeats heartbeats;
    private final ProcessorSilence silence;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final Map<RunId, Map<UUID, Long>> suspects = new HashMap<>();
    private final OvertakenDispatches overtaken = new OvertakenDispatches();
    private final Map<UUID, Integer> runsOfSilent = new HashMap<>();
    private List<Set<UUID>> candidates = List.of();
    private Set<RunId> missing = new HashSet<>();
    private Set<UUID> silentSeen = new HashSet<>();
    private long steadySinceNanos;

    /** With its processor, because heartbeats that came before its start say nothing of a run. */
    private record RunId(
            RequestId id, Fence fence, @Nullable UUID processor) {}

    /** A run to be taken back, and why. */
    record Finding(Out out, LostRun.Evidence evidence, String name) {}

    LostRuns(LatestHeartbeats heartbeats, ProcessorSilence silence, Clock clock, LongSupplier nanoTime) {
        this.heartbeats = heartbeats;
        this.silence = silence;
        this.clock = clock;
        this.nanoTime = nanoTime;
        steadySinceNanos = nanoTime.getAsLong();
    }

    /** Postgres or the broker could not be reached: a silence may then be a fault of this gateway. */
    void lostContact() {
        steadySinceNanos = nanoTime.getAsLong();
        suspects.clear();
        silence.forget();
    }

    /** Begins a look at all requests that are out: looks first which processors are silent. Cold. */
    Mono<Void> begin() {
        return silence.look().then(Mono.fromRunnable(this::beginPages));
    }

    private void beginPages() {
        candidates = IntStream.range(0, Topology.STATUS_SHARDS)
                .mapToObj(silence::notSilent)
                .toList();
        heartbeats.keepOnly(candidates.stream().flatMap(Set::stream).collect(Collectors.toSet()));
        overtaken.begin();
        missing = new HashSet<>();
        silentSeen = new HashSet<>();
    }

    /** Shards of which everything is to be looked at; of the others, runs of {@link #notSilent} may be left out. */
    Set<Integer> shards() {
        return IntStream.range(0, Topology.STATUS_SHARDS)
                .filter(silence::looksAt)
                .boxed()
                .collect(Collectors.toSet());
    }

    /** Processors that are not silent in any shard. */
    Set<UUID> notSilent() {
        Set<UUID> everywhere = new HashSet<>(candidates.getFirst());
        candidates.forEach(everywhere::retainAll);
        return everywhere;
    }

    /** Whether this run is queued for so long that its message may be lost. */
    boolean mayBeLostInQueue(Out out) {
        return out.processor() == null
                && out.dispatchedAt().plus(QUEUED_AT_LEAST).isBefore(clock.instant());
    }

    /** The silent processors of these runs, of which it is not known yet how many they had when they fell silent. */
    Set<UUID> uncounted(List<Out> outs) {
        if (!isSteady()) {
            return Set.of();
        }
        return outs.stream()
                .map(Out::processor)
                .filter(Objects::nonNull)
                .filter(processor -> !runsOfSilent.containsKey(processor))
                .filter(processor -> candidates.stream().anyMatch(ofShard -> !ofShard.contains(processor)))
                .collect(Collectors.toSet());
    }

    /** Notes how many requests were at silent processors, before any of them is taken back. */
    void count(Map<UUID, Integer> runs) {
        runsOfSilent.putAll(runs);
    }

    /**
     * The lost runs of a part of the requests that are out.
     *
     * @param emptyKinds kinds whose queue had nothing ready just now
     */
    List<Finding> among(List<Out> outs, Set<String> emptyKinds) {
        overtaken.note(outs, out -> heartbeats.anyLists(out.id(), out.fence()));
        List<Finding> found = new ArrayList<>();
        for (Out out : outs) {
            Set<UUID> ofItsShard = candidates.get(Topology.shardOf(out.id().value()));
            UUID processor = out.processor();
            Optional<Finding> finding = processor == null
                    ? judgeQueued(out, ofItsShard, emptyKinds)
                    : judgeRunning(out, processor, ofItsShard);
            finding.ifPresent(found::add);
        }
        return found;
    }

    /** The look has seen all requests that are out: forgets those that it did not show. */
    void end() {
        overtaken.end();
        suspects.keySet().retainAll(missing);
        runsOfSilent.keySet().retainAll(silentSeen);
    }

    private Optional<Finding> judgeQueued(Out out, Set<UUID> ofItsShard, Set<String> emptyKinds) {
        boolean noneReady = emptyKinds.contains(out.kind());
        boolean nowhere = mayBeLostInQueue(out)
                && (noneReady || overtaken.isOvertaken(out))
                && staysMissing(out, ofItsShard)
                && !mayHaveStarted(out);
        return nowhere
                ? Optional.of(new Finding(out, LostRun.Evidence.LOST, noneReady ? "no_message" : "overtaken"))
                : Optional.empty();
    }

    /** Its start may wait in a journal that is late, behind heartbeats from before its receipt. */
    private boolean mayHaveStarted(Out out) {
        return silence.isReadLate(Topology.shardOf(out.id().value()), QUEUED_AT_LEAST);
    }

    private Optional<Finding> judgeRunning(Out out, UUID processor, Set<UUID> ofItsShard) {
        if (!ofItsShard.contains(processor)) {
            silentSeen.add(processor);
            int runs = runsOfSilent.getOrDefault(processor, 0);
            boolean suspect = out.alone() || runs == 1;
            LostRun.Evidence shown = suspect ? LostRun.Evidence.CRASHED : LostRun.Evidence.LOST;
            return isSteady() && runs > 0 ? Optional.of(new Finding(out, shown, "silent_processor")) : Optional.empty();
        }
        return staysMissing(out, Set.of(processor))
                ? Optional.of(new Finding(out, LostRun.Evidence.LOST, "not_held"))
                : Optional.empty();
    }

    /** Whether each of these has sent enough heartbeats since the run was missing first, and none listed it. */
    private boolean staysMissing(Out out, Set<UUID> holders) {
        RunId run = new RunId(out.id(), out.fence(), out.processor());
        Map<UUID, Long> numbers = new HashMap<>();
        for (UUID holder : holders) {
            Beat beat = heartbeats.of(out.id(), holder).orElse(null);
            if (beat == null || beat.lists(out.id(), out.fence())) {
                return false;
            }
            numbers.put(holder, beat.number());
        }
        missing.add(run);
        Map<UUID, Long> since = suspects.computeIfAbsent(run, _ -> numbers);
        return isSteady()
                && since.entrySet().stream()
                        .filter(first -> holders.contains(first.getKey()))
                        .allMatch(first ->
                                numbers.getOrDefault(first.getKey(), 0L) >= first.getValue() + MORE_HEARTBEATS);
    }

    private boolean isSteady() {
        return nanoTime.getAsLong() - steadySinceNanos > silence.longestLease().toNanos();
    }
}
