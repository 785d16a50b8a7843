package dev.sluice.gateway.read;

import dev.sluice.message.RequestId;

/** One of the {@link FollowedRequests}. */
final class FollowedRequest {

    final RequestId id;

    /** The client knows the request up to this seq. */
    int known;

    /** Whether it stands in the queue of requests with news. */
    boolean marked;

    /** Whether its last read failed. */
    boolean failed;

    FollowedRequest(RequestId id, int known) {
        this.id = id;
        this.known = known;
    }
}
