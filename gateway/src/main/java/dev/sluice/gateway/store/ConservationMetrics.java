package dev.sluice.gateway.store;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.RequestId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts requests by where they are.
 *
 * <p>Law: accepted = done + held + open, at any quiet moment. No request is held in this version, and an open request
 * is in the backlog or out:
 *
 * <pre>
 * Σ sluice.requests.accepted − Σ sluice.requests.done = sluice.requests.backlog + Σ sluice.requests.out
 * </pre>
 *
 * <p>The counters are of this process, raised after the commit by {@link RequestStore}, through which every request
 * comes and goes: add them up over all gateways. The gauges are of the store, the same at every gateway and at most a
 * few seconds old: take one of them. After a restart the counters begin at 0, so compare how far both sides moved.
 * {@code sluice.requests.uncertain} says by how much the counters may be too low, because it is unknown whether those
 * writes took place.
 *
 * <p>Alert when the two sides moved apart by more than {@code uncertain} for 10 minutes: requests are lost or
 * forgotten. Thread-safe. Bound: a time series a kind and state.
 */
public final class ConservationMetrics {

    /** The states of a request that is out. */
    private static final List<RequestState> OUT = List.of(RequestState.values()).stream()
            .filter(RequestState::isDispatched)
            .toList();

    private final MeterRegistry meters;
    private final Counter uncertainInserts;
    private final Counter uncertainChanges;
    private final Map<Place, AtomicLong> gauges = new ConcurrentHashMap<>();

    /** One gauge. */
    private record Place(String name, Tags tags) {}

    public ConservationMetrics(MeterRegistry meters) {
        this.meters = meters;
        uncertainInserts = meters.counter("sluice.requests.uncertain", "write", "insert");
        uncertainChanges = meters.counter("sluice.requests.uncertain", "write", "change");
    }

    /**
     * Sets the gauges to the counts of Postgres.
     *
     * @param kinds all there are; those without any request are shown with 0
     */
    public void counted(
            Collection<String> kinds,
            Map<String, BacklogSizes.Size> backlogs,
            Map<String, Map<RequestState, Integer>> out) {
        for (String kind : kinds) {
            BacklogSizes.Size backlog = backlogs.getOrDefault(kind, BacklogSizes.Size.EMPTY);
            Tags tags = Tags.of("kind", kind);
            show("sluice.requests.backlog", tags, backlog.requests());
            show("sluice.requests.backlog.bytes", tags, backlog.bytes());
            Map<RequestState, Integer> byState = out.getOrDefault(kind, Map.of());
            OUT.forEach(state -> show("sluice.requests.out", tags.and(nameOf(state)), byState.getOrDefault(state, 0)));
        }
    }

    /** These of {@code requests} are committed. */
    void accepted(List<NewRequest> requests, Set<RequestId> stored) {
        for (NewRequest request : requests) {
            if (stored.contains(request.id())) {
                meters.counter("sluice.requests.accepted", "kind", request.kind())
                        .increment();
            }
        }
    }

    /** These are committed. */
    void changed(List<RequestChange> changes) {
        for (RequestChange change : changes) {
            RequestSnapshot after = change.after();
            if (after.state().isDone()) {
                meters.counter(
                                "sluice.requests.done",
                                Tags.of("kind", after.kind()).and(nameOf(after.state())))
                        .increment();
            }
        }
    }

    /** It is unknown whether these are stored. */
    void uncertainInsert(int requests) {
        uncertainInserts.increment(requests);
    }

    /** It is unknown whether these changed. */
    void uncertainChange(int requests) {
        uncertainChanges.increment(requests);
    }

    private void show(String name, Tags tags, long value) {
        gauges.computeIfAbsent(
                        new Place(name, tags),
                        place -> Objects.requireNonNull(meters.gauge(name, tags, new AtomicLong())))
                .set(value);
    }

    private static Tag nameOf(RequestState state) {
        return Tag.of("state", state.name().toLowerCase(Locale.ROOT));
    }
}
