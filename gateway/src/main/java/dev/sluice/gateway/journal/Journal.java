package dev.sluice.gateway.journal;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.RequestId;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Makes events of reports and writes them through {@link Transitions}. Thread-safe; the order of a request's reports is the caller's. */
final class Journal {

    private static final Logger log = LoggerFactory.getLogger(Journal.class);

    private final Transitions transitions;
    private final Kinds kinds;
    private final Clock clock;
    private final BooleanSupplier brokerWasLost;
    private final JournalMetrics metrics;

    Journal(Transitions transitions, Kinds kinds, Clock clock, BooleanSupplier brokerWasLost, JournalMetrics metrics) {
        this.transitions = transitions;
        this.kinds = kinds;
        this.clock = clock;
        this.brokerWasLost = brokerWasLost;
        this.metrics = metrics;
    }

    /**
     * Writes what reports mean.
     *
     * @return empty after the commit; {@link StoreUnavailableException} if it is unknown whether there was one: write again
     */
    Mono<Void> write(List<ReportFrom> reports) {
        if (reports.isEmpty()) {
            return Mono.empty();
        }
        Map<RequestId, List<ReportFrom>> byId = new LinkedHashMap<>();
        reports.forEach(said ->
                byId.computeIfAbsent(said.report().id(), _ -> new ArrayList<>()).add(said));
        Instant now = clock.instant();
        return transitions
                .change(byId.keySet(), snapshot -> events(snapshot, byId.getOrDefault(snapshot.id(), List.of()), now))
                .doOnNext(changes -> metrics.written(reports.size(), countEvents(changes)))
                .onErrorResume(error -> !(error instanceof StoreUnavailableException), error -> apart(byId, error))
                .then();
    }

    /** Something in the batch cannot be written: each request for itself, so that only the bad one suffers. */
    private Mono<List<RequestChange>> apart(Map<RequestId, List<ReportFrom>> byId, Throwable error) {
        if (byId.size() > 1) {
            return Flux.fromIterable(byId.values())
                    .concatMap(said -> write(said), 1)
                    .then(Mono.just(List.of()));
        }
        metrics.refused(byId.values().iterator().next().size());
        log.atError()
                .addKeyValue("id", byId.keySet().iterator().next())
                .addKeyValue("reason", error.toString())
                .log("journal.report_refused");
        return Mono.just(List.of());
    }

    private static int countEvents(List<RequestChange> changes) {
        return changes.stream().mapToInt(change -> change.events().size()).sum();
    }

    private List<RequestEvent> events(RequestSnapshot snapshot, List<ReportFrom> reports, Instant now) {
        KindPolicy kind = kinds.find(snapshot.kind()).orElse(null);
        if (kind == null) {
            throw new StoreUnavailableException(
                    "kind " + snapshot.kind() + " is not known here yet", new IllegalStateException());
        }
        Policy policy = new Policy(
                kind,
                now,
                brokerWasLost.getAsBoolean(),
                () -> ThreadLocalRandom.current().nextDouble());
        List<RequestEvent> events = new ArrayList<>(reports.size());
        RequestSnapshot current = snapshot;
        for (ReportFrom said : reports) {
            RequestEvent event = policy.decide(current, said.processor(), said.report());
            RequestSnapshot next = event == null ? current : current.after(event);
            if (event != null && next.seq() != current.seq()) {
                noteHole(current, said);
                events.add(event);
                current = next;
            }
        }
        return events;
    }

    /** The terminal report names its last ordinal: what is missing before it is said aloud. */
    private void noteHole(RequestSnapshot before, ReportFrom said) {
        boolean sameRun = said.report().fence().equals(before.fence());
        int expected = sameRun ? before.ordinal() + 1 : 1;
        if (said.report().terminal() && said.report().ordinal() > expected && before.seq() < Policy.MAX_PROGRESS_SEQ) {
            metrics.hole();
            log.atWarn()
                    .addKeyValue("id", before.id())
                    .addKeyValue("expected", expected)
                    .addKeyValue("ordinal", said.report().ordinal())
                    .log("consistency.hole_found");
        }
    }
}
