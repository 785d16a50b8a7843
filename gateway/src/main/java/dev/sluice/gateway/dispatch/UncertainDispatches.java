package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.transition.LostRun;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Requests that this gateway may have made QUEUED without publishing them: Postgres did not say how their take or their
 * insert ended. They are looked up until Postgres answers, and those that are QUEUED by this gateway return to the
 * backlog.
 *
 * <p>An uncertain commit may land late: its backend still works after the connection is cut, or waits for a standby. So
 * the requests are looked up again until {@link #LATEST_COMMIT} after the uncertain end.
 *
 * <p>The requests of a kind are looked up by its {@link BacklogTaker} between two takes. So a look never meets requests
 * that a later take of this gateway has committed and not published yet; those it published are no longer uncertain.
 *
 * <p>Thread-safe. Bound: {@value #MAX_REQUESTS} requests. A request beyond it stays QUEUED until evidence that its
 * message is lost brings it back.
 */
final class UncertainDispatches {

    private static final Logger log = LoggerFactory.getLogger(UncertainDispatches.class);

    static final int MAX_REQUESTS = 100_000;

    /** Longer than Postgres lets a statement run by default. A commit that lands later is left to the evidence. */
    static final Duration LATEST_COMMIT = Duration.ofSeconds(15);

    static final Duration PAUSE = Duration.ofSeconds(1);

    private static final int MAX_PER_LOOK = 2_000;

    private final UUID gateway;
    private final RequestEvidence evidence;
    private final Transitions transitions;
    private final LongSupplier nanoTime;
    private final Counter returned;
    private final Map<String, OfKind> kinds = new HashMap<>();
    private volatile int size;

    /** The requests of one kind, with the moments of their uncertain ends. */
    private static final class OfKind {
        private final Map<RequestId, Long> endedNanos = new HashMap<>();
        private long nextLookNanos;
    }

    UncertainDispatches(
            UUID gateway,
            RequestEvidence evidence,
            Transitions transitions,
            LongSupplier nanoTime,
            MeterRegistry meters) {
        this.gateway = gateway;
        this.evidence = evidence;
        this.transitions = transitions;
        this.nanoTime = nanoTime;
        returned = meters.counter("sluice.repairs", "evidence", "uncertain_dispatch");
        meters.gauge("sluice.dispatch.uncertain", this, UncertainDispatches::size);
    }

    /** How many requests are looked up. */
    int size() {
        return size;
    }

    /** Whether requests of this kind are looked up. */
    synchronized boolean has(String kind) {
        return kinds.containsKey(kind);
    }

    /** It is unknown, just now, whether these were made QUEUED; they are looked up as soon as {@link #lookUp} comes. */
    void add(String kind, Collection<RequestId> ids) {
        int taken = take(kind, ids);
        log.atLevel(taken < ids.size() ? org.slf4j.event.Level.ERROR : org.slf4j.event.Level.WARN)
                .addKeyValue("kind", kind)
                .addKeyValue("requests", ids.size())
                .addKeyValue("forgotten", ids.size() - taken)
                .log("dispatch.uncertain");
    }

    /** The caller publishes these: no look may return them. */
    void published(String kind, Collection<RequestId> ids) {
        if (size > 0) {
            remove(kind, ids);
        }
    }

    /**
     * Looks up the requests of a kind, if any are due. To be called by the one round of the kind's taker. Cold.
     *
     * @return empty after the look, also where Postgres did not answer: then a later call looks again
     */
    Mono<Void> lookUp(String kind) {
        return size == 0
                ? Mono.empty()
                : Mono.defer(() -> {
                    long nanos = nanoTime.getAsLong();
                    return Flux.fromIterable(due(kind, nanos))
                            .buffer(MAX_PER_LOOK)
                            .concatMap(ids -> takeBack(kind, ids, nanos), 1)
                            .then()
                            .onErrorResume(Exception.class, error -> notLookedUp(kind, error));
                });
    }

    private Mono<Void> takeBack(String kind, List<RequestId> ids, long nanos) {
        return evidence.unstarted(gateway, ids)
                .flatMap(found -> transitions.takeBack(lostRuns(found)))
                .doOnNext(changes -> {
                    returned.increment(changes.size());
                    forgetOld(kind, ids, nanos);
                })
                .then();
    }

    private static Map<RequestId, LostRun> lostRuns(Map<RequestId, Fence> found) {
        Map<RequestId, LostRun> runs = HashMap.newHashMap(found.size());
        found.forEach((id, fence) -> runs.put(id, new LostRun(fence, LostRun.Evidence.UNPUBLISHED)));
        return runs;
    }

    private static Mono<Void> notLookedUp(String kind, Exception error) {
        log.atWarn()
                .addKeyValue("kind", kind)
                .addKeyValue("reason", error.toString())
                .log("dispatch.uncertain_not_looked_up");
        return Mono.empty();
    }

    private synchronized int take(String kind, Collection<RequestId> ids) {
        long nanos = nanoTime.getAsLong();
        OfKind ofKind = kinds.computeIfAbsent(kind, _ -> new OfKind());
        ofKind.nextLookNanos = nanos;
        int taken = 0;
        for (RequestId id : ids) {
            boolean isKnown = ofKind.endedNanos.containsKey(id);
            if (isKnown || size < MAX_REQUESTS) {
                ofKind.endedNanos.put(id, nanos);
                size += isKnown ? 0 : 1;
                taken++;
            }
        }
        return taken;
    }

    private synchronized List<RequestId> due(String kind, long nanos) {
        OfKind ofKind = kinds.get(kind);
        if (ofKind == null || nanos - ofKind.nextLookNanos < 0) {
            return List.of();
        }
        ofKind.nextLookNanos = nanos + PAUSE.toNanos();
        return new ArrayList<>(ofKind.endedNanos.keySet());
    }

    /** Those whose commit would have landed when the look began. */
    private synchronized void forgetOld(String kind, List<RequestId> ids, long lookedNanos) {
        OfKind ofKind = kinds.get(kind);
        if (ofKind != null) {
            remove(
                    kind,
                    ids.stream()
                            .filter(id -> lookedNanos - ofKind.endedNanos.getOrDefault(id, lookedNanos)
                                    >= LATEST_COMMIT.toNanos())
                            .toList());
        }
    }

    private synchronized void remove(String kind, Collection<RequestId> ids) {
        OfKind ofKind = kinds.get(kind);
        if (ofKind == null) {
            return;
        }
        for (RequestId id : ids) {
            if (ofKind.endedNanos.remove(id) != null) {
                size--;
            }
        }
        if (ofKind.endedNanos.isEmpty()) {
            kinds.remove(kind);
        }
    }
}
