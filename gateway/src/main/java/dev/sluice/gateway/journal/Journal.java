package dev.sluice.gateway.journal;

import dev.sluice.gateway.control.Announcements;
import dev.sluice.gateway.control.KindPolicy;
import dev.sluice.gateway.control.Kinds;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestStore;
import dev.sluice.gateway.request.StoreUnavailableException;
import dev.sluice.message.Announcement;
import dev.sluice.message.RequestId;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Makes events of reports, writes them, and announces what changed. The sweeps write through it too, so whatever happens to a request is
 * announced. Thread-safe; the order of a request's reports is the caller's.
 */
public final class Journal {

    private static final Logger log = LoggerFactory.getLogger(Journal.class);

    private final RequestStore store;
    private final Kinds kinds;
    private final Announcements announcements;
    private final Clock clock;
    private final BooleanSupplier brokerShaken;
    private final JournalMetrics metrics;

    public Journal(
            RequestStore store,
            Kinds kinds,
            Announcements announcements,
            Clock clock,
            BooleanSupplier brokerShaken,
            JournalMetrics metrics) {
        this.store = store;
        this.kinds = kinds;
        this.announcements = announcements;
        this.clock = clock;
        this.brokerShaken = brokerShaken;
        this.metrics = metrics;
    }

    /**
     * Writes what reports mean.
     *
     * @return empty after the commit; {@link StoreUnavailableException} if it is unknown whether there was one: write again
     */
    Mono<Void> write(List<Said> reports) {
        if (reports.isEmpty()) {
            return Mono.empty();
        }
        Map<RequestId, List<Said>> byId = new LinkedHashMap<>();
        reports.forEach(said ->
                byId.computeIfAbsent(said.report().id(), _ -> new ArrayList<>()).add(said));
        Instant now = clock.instant();
        return change(byId.keySet(), snapshot -> events(snapshot, byId.getOrDefault(snapshot.id(), List.of()), now))
                .doOnNext(changes -> metrics.written(reports.size(), countEvents(changes)))
                .onErrorResume(error -> !(error instanceof StoreUnavailableException), error -> apart(byId, error))
                .then();
    }

    /** As {@link RequestStore#change}, and announces what changed. */
    public Mono<List<RequestChange>> change(
            Collection<RequestId> ids, Function<RequestSnapshot, List<RequestEvent>> decide) {
        return store.change(ids, decide).doOnNext(this::announce);
    }

    /** Something in the batch cannot be written: each request for itself, so that only the bad one suffers. */
    private Mono<List<RequestChange>> apart(Map<RequestId, List<Said>> byId, Throwable error) {
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

    private List<RequestEvent> events(RequestSnapshot snapshot, List<Said> reports, Instant now) {
        KindPolicy kind = kinds.find(snapshot.kind()).orElse(null);
        if (kind == null) {
            throw new StoreUnavailableException(
                    "kind " + snapshot.kind() + " is not known here yet", new IllegalStateException());
        }
        Policy policy = new Policy(
                kind,
                now,
                brokerShaken.getAsBoolean(),
                () -> ThreadLocalRandom.current().nextDouble());
        List<RequestEvent> events = new ArrayList<>(reports.size());
        RequestSnapshot current = snapshot;
        for (Said said : reports) {
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
    private void noteHole(RequestSnapshot before, Said said) {
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

    private void announce(List<RequestChange> changes) {
        if (changes.isEmpty()) {
            return;
        }
        List<Announcement.Change> changed = new ArrayList<>(changes.size());
        Map<String, Integer> freed = new HashMap<>();
        Set<String> waiting = new HashSet<>();
        for (RequestChange change : changes) {
            RequestSnapshot after = change.after();
            changed.add(new Announcement.Change(
                    after.id(), after.seq(), after.state().code()));
            if (change.frees()) {
                freed.merge(after.kind(), 1, Integer::sum);
            }
            if (after.state().isWaiting()) {
                waiting.add(after.kind());
            }
            note(change);
        }
        announcements.changed(
                changed,
                freed.entrySet().stream()
                        .map(slots -> new Announcement.Freed(slots.getKey(), slots.getValue()))
                        .toList());
        if (!waiting.isEmpty()) {
            announcements.waiting(waiting);
        }
    }

    private void note(RequestChange change) {
        RequestSnapshot after = change.after();
        if (after.state().isDone()) {
            log.atDebug()
                    .addKeyValue("id", after.id())
                    .addKeyValue("kind", after.kind())
                    .addKeyValue("state", after.state())
                    .addKeyValue("attempt", after.attempt())
                    .log("request.ended");
        }
        for (RequestEvent event : change.events()) {
            String reason = reasonToTell(event);
            if (reason != null) {
                log.atInfo()
                        .addKeyValue("id", after.id())
                        .addKeyValue("kind", after.kind())
                        .addKeyValue("attempt", after.attempt())
                        .addKeyValue("reason", reason)
                        .log("request." + after.state().name().toLowerCase(Locale.ROOT));
            }
        }
    }

    /** What went wrong is told, what went well is counted. */
    private static @Nullable String reasonToTell(RequestEvent event) {
        return switch (event) {
            case RequestEvent.Failed failed -> failed.failure().code();
            case RequestEvent.Retrying retrying -> retrying.failure().code();
            case RequestEvent.Returned returned -> returned.reason().name();
            default -> null;
        };
    }
}
