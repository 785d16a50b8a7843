package dev.sluice.gateway.request;

import dev.sluice.message.RequestId;

/** The content of a 202: a request that is durable. */
public record Receipt(NewRequest request) {

    public RequestId id() {
        return request.id();
    }

    public RequestState state() {
        return request.queued() ? RequestState.QUEUED : RequestState.ACCEPTED;
    }
}
