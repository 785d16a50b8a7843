package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.presence.KindLeases;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.Backlog;
import dev.sluice.gateway.store.ConservationMetrics;
import dev.sluice.gateway.store.RequestEvidence;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import reactor.core.publisher.Mono;

/**
 * Counts how many requests of each kind are out and how many wait; keeps the gauges and the counted rows of the backlog
 * in order.
 */
final class BacklogCounts {

    /** Rows that the size of a backlog is the sum of: with more the owner of the kind folds them. */
    private static final int MAX_PARTS = 200;

    private final Backlog backlog;
    private final RequestEvidence evidence;
    private final KindLeases leases;
    private final ConservationMetrics metrics;

    /**
     * One kind as Postgres has it.
     *
     * @param out requests at broker and processors
     * @param waiting requests in the backlog
     */
    record Count(int out, BacklogState waiting) {
        static final Count NONE = new Count(0, BacklogState.EMPTY);
    }

    BacklogCounts(Backlog backlog, RequestEvidence evidence, KindLeases leases, ConservationMetrics metrics) {
        this.backlog = backlog;
        this.evidence = evidence;
        this.leases = leases;
        this.metrics = metrics;
    }

    /**
     * Counts now.
     *
     * @param kinds all kinds there are, for the gauges
     * @return counts by kind; kinds without any request may be left out. Fails as the store does
     */
    Mono<Map<String, Count>> count(Set<String> kinds) {
        return evidence.outByKind()
                .zipWhen(_ -> backlog.sizes())
                .doOnNext(counts -> metrics.counted(kinds, counts.getT2(), counts.getT1()))
                .flatMap(counts -> fold(counts.getT2()).thenReturn(joined(counts.getT1(), counts.getT2())));
    }

    private Mono<Void> fold(Map<String, Backlog.Size> backlogs) {
        List<String> many = backlogs.entrySet().stream()
                .filter(size -> size.getValue().parts() > MAX_PARTS && leases.owns(size.getKey()))
                .map(Map.Entry::getKey)
                .toList();
        return many.isEmpty() ? Mono.empty() : backlog.fold(many);
    }

    private static Map<String, Count> joined(
            Map<String, Map<RequestState, Integer>> out, Map<String, Backlog.Size> backlogs) {
        Set<String> kinds = new HashSet<>(out.keySet());
        kinds.addAll(backlogs.keySet());
        Map<String, Count> joined = HashMap.newHashMap(kinds.size());
        for (String kind : kinds) {
            Backlog.Size size = backlogs.getOrDefault(kind, Backlog.Size.EMPTY);
            int dispatched = out.getOrDefault(kind, Map.of()).values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            joined.put(kind, new Count(dispatched, new BacklogState(size.requests(), size.bytes())));
        }
        return joined;
    }
}
