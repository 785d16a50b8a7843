package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.store.RequestEvidence.Out;
import dev.sluice.message.RequestId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Remembers which dispatches have started, so that a queued request shows as overtaken: one of its kind that was
 * dispatched clearly later has started. The queue of a kind is in order, so the message of the overtaken one is not
 * in it.
 *
 * <p>A processor that returns a message, or loses its connection, puts the message back behind requests that others
 * have received since. So a request that any heartbeat listed since its dispatch is never overtaken: its message did
 * arrive. {@link #MARGIN} covers the returns between two heartbeats, during which others start only requests that were
 * received about then, confirms that come in another order, and clocks of gateways that dispatched the kind one after
 * the other.
 *
 * <p>Bound: a moment for each kind and a mark for each request that is out. Not thread-safe.
 */
final class OvertakenDispatches {

    /** Six looks, and the longest confirm time-out several times. */
    static final Duration MARGIN = Duration.ofSeconds(30);

    private final Map<String, Instant> newestStarted = new HashMap<>();
    private Set<Dispatch> received = new HashSet<>();
    private Set<String> kindsSeen = new HashSet<>();
    private Set<Dispatch> receivedSeen = new HashSet<>();

    private record Dispatch(RequestId id, int number) {}

    /** A look at all requests that are out begins. */
    void begin() {
        kindsSeen = new HashSet<>();
        receivedSeen = new HashSet<>();
    }

    /**
     * Notes which requests of a part of the look have started or are listed.
     *
     * @param isListed whether the latest heartbeat of any processor lists the request
     */
    void note(List<Out> outs, Predicate<Out> isListed) {
        for (Out out : outs) {
            kindsSeen.add(out.kind());
            if (out.processor() != null) {
                newestStarted.merge(out.kind(), out.dispatchedAt(), (one, two) -> one.isAfter(two) ? one : two);
            } else if (isListed.test(out) || received.contains(dispatch(out))) {
                receivedSeen.add(dispatch(out));
            }
        }
    }

    /** The look is over: forgets requests that it did not show. */
    void end() {
        newestStarted.keySet().retainAll(kindsSeen);
        received = receivedSeen;
    }

    /** To be asked about what this look has noted. */
    boolean isOvertaken(Out out) {
        Instant newest = newestStarted.get(out.kind());
        return newest != null
                && !newest.isBefore(out.dispatchedAt().plus(MARGIN))
                && !receivedSeen.contains(dispatch(out));
    }

    private static Dispatch dispatch(Out out) {
        return new Dispatch(out.id(), out.fence().dispatch());
    }
}
