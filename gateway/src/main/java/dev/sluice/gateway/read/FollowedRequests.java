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
 * The requests of one {@link Follower}, which guards them. Each one with news stands once in a queue; the longest
 * waiting comes first.
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
        FollowedRequest watch = byId.remove(id);
        if (watch == null) {
            return false;
        }
        news.remove(watch);
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

    /** Sets up to which seq the client knows the request. */
    OptionalInt known(RequestId id) {
        FollowedRequest watch = byId.get(id);
        return watch == null ? OptionalInt.empty() : OptionalInt.of(watch.known);
    }

    void knows(RequestId id, int seq) {
        FollowedRequest watch = byId.get(id);
        if (watch != null) {
            watch.known = seq;
        }
    }

    /** Marks the request as having something to read. */
    void mark(RequestId id) {
        FollowedRequest watch = byId.get(id);
        if (watch != null) {
            mark(watch);
        }
    }

    /** The next request to read; null if there is none. */
    @Nullable
    RequestId poll() {
        FollowedRequest watch = news.poll();
        if (watch == null) {
            return null;
        }
        watch.marked = false;
        return watch.id;
    }

    /** A page of the request was read. */
    void movedOn(EventPage page) {
        FollowedRequest watch = byId.get(page.id());
        if (watch == null) {
            return;
        }
        int read =
                page.events().isEmpty() ? page.seq() : page.events().getLast().seq();
        watch.failed = false;
        watch.known = Math.max(watch.known, read);
        if (page.more()) {
            mark(watch);
        }
    }

    /** The request could not be read. */
    void failed(RequestId id) {
        FollowedRequest watch = byId.get(id);
        if (watch != null) {
            watch.failed = true;
        }
    }

    boolean hasFailed(RequestId id) {
        FollowedRequest watch = byId.get(id);
        return watch != null && watch.failed;
    }

    List<RequestId> failed() {
        return byId.values().stream()
                .filter(watch -> watch.failed)
                .map(watch -> watch.id)
                .toList();
    }

    private void mark(FollowedRequest watch) {
        if (!watch.marked) {
            watch.marked = true;
            news.add(watch);
        }
    }
}
