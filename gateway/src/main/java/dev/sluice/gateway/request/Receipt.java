package dev.sluice.gateway.request;

import dev.sluice.message.RequestId;

/** A request that is durable: what a 202 says. */
public record Receipt(NewRequest request) {

    public RequestId id() {
        return request.id();
    }

    public RequestState state() {
        return request.queued() ? RequestState.QUEUED : RequestState.ACCEPTED;
    }
}
