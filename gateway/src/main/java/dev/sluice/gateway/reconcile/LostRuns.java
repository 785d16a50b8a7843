package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.presence.KnownProcessor;
import dev.sluice.gateway.presence.LatestHeartbeats;
import dev.sluice.gateway.presence.LatestHeartbeats.Beat;
import dev.sluice.gateway.presence.LatestHeartbeats.RunId;
import dev.sluice.gateway.presence.Processors;
import dev.sluice.gateway.store.RequestEvidence.Out;
import dev.sluice.gateway.transition.LostRun;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Finds runs that are out and with no processor, by evidence and never by age:
 *
 * <pre>
 * runs at P, P lives, two more heartbeats of P do not list it               lost with its channel
 * runs at P, P is silent past its lease                                     crashed
 * queued, nothing ready at the broker, and after that two more heartbeats
 *     of every living processor do not list it                             its message is lost
 * </pre>
 *
 * Nothing is concluded until this gateway has reached Postgres and the broker for a whole lease, because a silence may be its own. Not
 * thread-safe: for the one look of a {@link HeartbeatSweep} at a time.
 */
final class LostRuns {

    private static final int MORE_HEARTBEATS = 2;
    private static final Duration QUEUED_AT_LEAST = Duration.ofSeconds(15);

    private final LatestHeartbeats heartbeats;
    private final Processors processors;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final Map<RunId, Map<UUID, Long>> suspects = new HashMap<>();
    private long steadySinceNanos;

    /** A run to be taken back, and why. */
    record Finding(Out out, LostRun.Evidence evidence, String name) {}

    LostRuns(LatestHeartbeats heartbeats, Processors processors, Clock clock, LongSupplier nanoTime) {
        this.heartbeats = heartbeats;
        this.processors = processors;
        this.clock = clock;
        this.nanoTime = nanoTime;
        steadySinceNanos = nanoTime.getAsLong();
    }

    /** Postgres or the broker could not be reached: what looks like silence may be our own deafness. */
    void unsteady() {
        steadySinceNanos = nanoTime.getAsLong();
        suspects.clear();
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
        Set<UUID> living = processors.all().stream()
                .filter(KnownProcessor::lives)
                .map(KnownProcessor::id)
                .collect(Collectors.toSet());
        heartbeats.keepOnly(living);
        Set<RunId> missing = new HashSet<>();
        List<Finding> found = outs.stream()
                .flatMap(out -> judge(out, living, emptyKinds, missing).stream())
                .toList();
        suspects.keySet().retainAll(missing);
        return found;
    }

    private Optional<Finding> judge(Out out, Set<UUID> living, Set<String> emptyKinds, Set<RunId> missing) {
        UUID processor = out.processor();
        if (processor == null) {
            boolean nowhere =
                    mayBeLostInQueue(out) && emptyKinds.contains(out.kind()) && staysMissing(out, living, missing);
            return nowhere ? Optional.of(new Finding(out, LostRun.Evidence.LOST, "no_message")) : Optional.empty();
        }
        if (!living.contains(processor)) {
            return isSteady()
                    ? Optional.of(new Finding(out, LostRun.Evidence.CRASHED, "silent_processor"))
                    : Optional.empty();
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
            if (beat == null || beat.held().contains(run)) {
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
        return nanoTime.getAsLong() - steadySinceNanos > KnownProcessor.LEASE.toNanos();
    }
}
