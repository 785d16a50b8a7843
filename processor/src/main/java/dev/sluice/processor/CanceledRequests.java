package dev.sluice.processor;

import dev.sluice.message.RequestId;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/**
 * Remembers canceled requests, because the work of a request may come after its cancel: the work waits at the broker
 * meanwhile, behind other work.
 *
 * <p>Thread-safe. Bounded: beyond {@link #MAX_REMEMBERED} requests it forgets those whose cancel was heard longest ago;
 * such work starts, and is canceled when the gateway repeats the cancel. A canceled request is never dispatched again,
 * so its id is enough.
 */
final class CanceledRequests {

    /** About 1 MB; five times the largest storm of cancels that was measured. */
    static final int MAX_REMEMBERED = 10_000;

    /** The latest cancel stands last. */
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
