package dev.sluice.gateway.read;

import dev.sluice.gateway.request.EventPage;
import dev.sluice.message.RequestId;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one {@link Follower}, which guards them. A request with news stands in a queue, once; the one that
 * has waited longest comes first.
 */
final class FollowedRequests {

    private final Map<RequestId, FollowedRequest> byId = new HashMap<>();
    private final Queue<FollowedRequest> news = new ArrayDeque<>();

    /** Adds a request; false if it is one of them already. */
    boolean add(RequestId id, int known) {
        return byId.putIfAbsent(id, new FollowedRequest(id, known)) == null;
    }

    /** Removes a request; false if it is none of them. */
    boolean remove(RequestId id) {
        FollowedRequest followed = byId.remove(id);
        if (followed == null) {
            return false;
        }
        news.remove(followed);
        return true;
    }

    /** Removes all and returns them. */
    List<RequestId> clear() {
        List<RequestId> ids = List.copyOf(byId.keySet());
        byId.clear();
        news.clear();
        return ids;
    }

    boolean contains(RequestId id) {
        return byId.containsKey(id);
    }

    int size() {
        return byId.size();
    }

    /** The seq up to which the client knows the request; empty if it is none of them. */
    OptionalInt known(RequestId id) {
        FollowedRequest followed = byId.get(id);
        return followed == null ? OptionalInt.empty() : OptionalInt.of(followed.known);
    }

    /** Sets the seq up to which the client knows the request. */
    void knows(RequestId id, int seq) {
        FollowedRequest followed = byId.get(id);
        if (followed != null) {
            followed.known = seq;
        }
    }

    /** Marks a request that may have events to read. */
    void mark(RequestId id) {
        FollowedRequest followed = byId.get(id);
        if (followed != null) {
            mark(followed);
        }
    }

    /** The next request to read; null if there is none. */
    @Nullable
    RequestId poll() {
        FollowedRequest followed = news.poll();
        if (followed == null) {
            return null;
        }
        followed.marked = false;
        return followed.id;
    }

    /** A page of the request was read. */
    void movedOn(EventPage page) {
        FollowedRequest followed = byId.get(page.id());
        if (followed == null) {
            return;
        }
        int read =
                page.events().isEmpty() ? page.seq() : page.events().getLast().seq();
        followed.failed = false;
        followed.known = Math.max(followed.known, read);
        if (page.more()) {
            mark(followed);
        }
    }

    /** The request could not be read. */
    void failed(RequestId id) {
        FollowedRequest followed = byId.get(id);
        if (followed != null) {
            followed.failed = true;
        }
    }

    boolean hasFailed(RequestId id) {
        FollowedRequest followed = byId.get(id);
        return followed != null && followed.failed;
    }

    List<RequestId> failed() {
        return byId.values().stream()
                .filter(followed -> followed.failed)
                .map(followed -> followed.id)
                .toList();
    }

    private void mark(FollowedRequest followed) {
        if (!followed.marked) {
            followed.marked = true;
            news.add(followed);
        }
    }
}
