package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.presence.KindLeases;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.BacklogSizes;
import dev.sluice.gateway.store.ConservationMetrics;
import dev.sluice.gateway.store.RequestEvidence;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;

/**
 * Counts how many requests of each kind are out and how many wait; keeps the gauges and the counted rows of the backlog
 * in order.
 */
final class BacklogCounts {

    /** Rows that the size of a backlog is the sum of: with more the owner of the kind folds them. */
    private static final int MAX_PARTS = 200;

    /** An old transaction keeps the index entries of all requests that were out; passing them must stay cheap. */
    private static final int COST_FACTOR = 20;

    private static final long MAX_PAUSE = Duration.ofSeconds(10).toNanos();

    private final BacklogSizes sizes;
    private final RequestEvidence evidence;
    private final KindLeases leases;
    private final ConservationMetrics metrics;
    private final LongSupplier nanoTime;
    private long allowed;

    /**
     * One kind as Postgres has it.
     *
     * @param out requests at broker and processors
     * @param waiting requests in the backlog
     */
    record Count(int out, BacklogState waiting) {
        static final Count NONE = new Count(0, BacklogState.EMPTY);
    }

    BacklogCounts(
            BacklogSizes sizes,
            RequestEvidence evidence,
            KindLeases leases,
            ConservationMetrics metrics,
            LongSupplier nanoTime) {
        this.sizes = sizes;
        this.evidence = evidence;
        this.leases = leases;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        allowed = nanoTime.getAsLong();
    }

    /**
     * Counts now, unless the last count was expensive just now. For one count at a time.
     *
     * @param kinds all kinds there are, for the gauges
     * @return counts by kind; kinds without any request may be left out. Empty without a count; fails as the store does
     */
    Mono<Map<String, Count>> count(Set<String> kinds) {
        return Mono.defer(() -> {
            long begun = nanoTime.getAsLong();
            return begun - allowed < 0 ? Mono.empty() : counted(kinds).doOnSuccess(_ -> allowed = nextAfter(begun));
        });
    }

    private long nextAfter(long begun) {
        long now = nanoTime.getAsLong();
        return now + Math.min(MAX_PAUSE, COST_FACTOR * (now - begun));
    }

    private Mono<Map<String, Count>> counted(Set<String> kinds) {
        return evidence.outByKind()
                .zipWhen(_ -> sizes.read())
                .doOnNext(counts -> metrics.counted(kinds, counts.getT2(), counts.getT1()))
                .flatMap(counts -> fold(counts.getT2()).thenReturn(joined(counts.getT1(), counts.getT2())));
    }

    private Mono<Void> fold(Map<String, BacklogSizes.Size> backlogs) {
        List<String> many = backlogs.entrySet().stream()
                .filter(size -> size.getValue().parts() > MAX_PARTS && leases.owns(size.getKey()))
                .map(Map.Entry::getKey)
                .toList();
        return many.isEmpty() ? Mono.empty() : sizes.fold(many);
    }

    private static Map<String, Count> joined(
            Map<String, Map<RequestState, Integer>> out, Map<String, BacklogSizes.Size> backlogs) {
        Set<String> kinds = new HashSet<>(out.keySet());
        kinds.addAll(backlogs.keySet());
        Map<String, Count> joined = HashMap.newHashMap(kinds.size());
        for (String kind : kinds) {
            BacklogSizes.Size size = backlogs.getOrDefault(kind, BacklogSizes.Size.EMPTY);
            int dispatched = out.getOrDefault(kind, Map.of()).values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            joined.put(kind, new Count(dispatched, new BacklogState(size.requests(), size.bytes())));
        }
        return joined;
    }
}
