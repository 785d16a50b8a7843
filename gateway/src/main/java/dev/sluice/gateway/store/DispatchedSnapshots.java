package dev.sluice.gateway.store;

import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.message.RequestId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies of the snapshots of requests that are out at broker and processors, as this gateway wrote them last. With
 * them the journal decides the meaning of a report without a read.
 *
 * <p>A copy is old where another gateway has changed the request since. So a decision that was made from a copy is
 * written only if the stored seq is still the copy's seq.
 *
 * <p>Thread-safe. Bound: {@value #MAX} copies of some 300 bytes each; the oldest ones go first.
 */
final class DispatchedSnapshots {

    static final int MAX = 16_384;

    private final Map<RequestId, RequestSnapshot> byId = new LinkedHashMap<>();

    /** The copies of these requests; there may be none of some. */
    synchronized List<RequestSnapshot> find(Collection<RequestId> ids) {
        List<RequestSnapshot> found = new ArrayList<>(ids.size());
        for (RequestId id : ids) {
            RequestSnapshot copy = byId.get(id);
            if (copy != null) {
                found.add(copy);
            }
        }
        return found;
    }

    /** Takes copies of requests that were dispatched, after the commit. */
    synchronized void dispatched(List<RequestSnapshot> snapshots) {
        snapshots.forEach(this::put);
        dropOldest();
    }

    /** Brings the copies up to date with changes, after the commit. Requests that are not out any more are dropped. */
    synchronized void changed(List<RequestChange> changes) {
        for (RequestChange change : changes) {
            RequestSnapshot after = change.after();
            if (after.state().isDispatched()) {
                put(after);
            } else {
                byId.remove(after.id());
            }
        }
        dropOldest();
    }

    /** Drops copies that are old. */
    synchronized void forget(Collection<RequestId> ids) {
        ids.forEach(byId::remove);
    }

    synchronized int count() {
        return byId.size();
    }

    private void put(RequestSnapshot snapshot) {
        byId.remove(snapshot.id()); // so that it becomes the youngest
        byId.put(snapshot.id(), snapshot);
    }

    private void dropOldest() {
        var oldest = byId.keySet().iterator();
        while (byId.size() > MAX) {
            oldest.next();
            oldest.remove();
        }
    }
}
