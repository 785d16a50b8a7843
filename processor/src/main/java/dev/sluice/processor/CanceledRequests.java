package dev.sluice.processor;

import dev.sluice.message.RequestId;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/**
 * Remembers the requests that were canceled, because their work may come after the cancel: it waits at the broker
 * meanwhile, behind other work.
 *
 * <p>Thread-safe. Bounded: of more than {@link #MAX_REMEMBERED} requests those are forgotten whose cancel was heard
 * longest ago; such work starts, and is canceled when the gateway says so again. A canceled request is never dispatched
 * again, so its id is enough.
 */
final class CanceledRequests {

    /** About 1 MB; five times the largest storm of cancels that was measured. */
    static final int MAX_REMEMBERED = 10_000;

    /** The cancel that was heard last stands last. */
    private final SequencedSet<RequestId> ids = new LinkedHashSet<>();

    synchronized void add(Collection<RequestId> canceled) {
        for (RequestId id : canceled) {
            ids.addLast(id);
            if (ids.size() > MAX_REMEMBERED) {
                ids.removeFirst();
            }
        }
    }

    synchronized boolean contains(RequestId id) {
        return ids.contains(id);
    }
}
