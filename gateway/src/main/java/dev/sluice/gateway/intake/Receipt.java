package dev.sluice.gateway.intake;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestState;
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
