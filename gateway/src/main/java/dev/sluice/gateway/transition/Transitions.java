package dev.sluice.gateway.transition;

import dev.sluice.gateway.announce.Announcements;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.store.RequestStore;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.Announcement;
import dev.sluice.message.RequestId;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The one door for changes of state. A change is decided from the snapshots, and written with log, result and backlog
 * in one transaction. After the commit it is announced, with the slots that it frees. Everything that must happen at
 * each change hangs here.
 *
 * <p>Thread-safe; holds nothing. Two changes are made elsewhere, and their makers announce them: the insert of a new
 * request, and the take of a request from the backlog.
 */
public final class Transitions {

    private static final Logger log = LoggerFactory.getLogger(Transitions.class);

    /**
     * Requests in one statement of a take-back: more could run into the statement time-out, and be tried again for
     * ever.
     */
    static final int MAX_TAKEN_BACK = 2_000;

    private final RequestStore store;
    private final Announcements announcements;
    private final Clock clock;

    public Transitions(RequestStore store, Announcements announcements, Clock clock) {
        this.store = store;
        this.announcements = announcements;
        this.clock = clock;
    }

    /** The same door by the connections of {@code use}. */
    public Transitions on(ConnectionUse use) {
        return new Transitions(store.on(use), announcements, clock);
    }

    /**
     * Changes requests, as {@link RequestStore#change} does, and announces the changes after the commit.
     *
     * @param decide pure; called once for each known request and round; no events = no change
     * @return the changes, after the commit; unknown ids are left out. {@link StoreUnavailableException} if it is not
     *     known whether everything was written: decide again later; a written change is not written twice
     */
    public Mono<List<RequestChange>> change(
            Collection<RequestId> ids, Function<RequestSnapshot, List<RequestEvent>> decide) {
        return store.change(ids, decide).doOnNext(this::announce);
    }

    /** The same for the reports of runs, by {@link RequestStore#changeByCopies}. */
    public Mono<List<RequestChange>> changeByCopies(
            Collection<RequestId> ids, Function<RequestSnapshot, List<RequestEvent>> decide) {
        return store.changeByCopies(ids, decide).doOnNext(this::announce);
    }

    /**
     * Returns lost runs to the backlog. A lost run that was to be canceled ends CANCELED, and one that crashed too
     * often ends FAILED. A request that has gone on since stays as it is. Written in chunks of
     * {@value #MAX_TAKEN_BACK}; a written chunk stays written if a later one fails.
     *
     * @return the changes; errors as {@link #change}
     */
    public Mono<List<RequestChange>> takeBack(Map<RequestId, LostRun> runs) {
        return Flux.fromIterable(runs.keySet())
                .buffer(MAX_TAKEN_BACK)
                .concatMap(ids -> takeBack(ids, runs), 1)
                .collect(ArrayList::new, List::addAll);
    }

    private Mono<List<RequestChange>> takeBack(List<RequestId> ids, Map<RequestId, LostRun> runs) {
        Instant now = clock.instant();
        return change(ids, snapshot -> {
            LostRun run = runs.get(snapshot.id());
            return run == null ? List.of() : TakeBack.events(snapshot, run, now);
        });
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

    private static void note(RequestChange change) {
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

    /** The reason to log; null for an event without one, which metrics count. */
    private static @Nullable String reasonToTell(RequestEvent event) {
        return switch (event) {
            case RequestEvent.Failed failed -> failed.failure().code();
            case RequestEvent.Retrying retrying -> retrying.failure().code();
            case RequestEvent.Returned returned -> returned.reason().name();
            default -> null;
        };
    }
}
