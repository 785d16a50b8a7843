package dev.sluice.gateway.request;

import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import java.time.Instant;

/**
 * A submission that was admitted and is about to become durable.
 *
 * @param expiresAt the end of its retention: its outcome is kept until then
 * @param queued whether it goes straight to the broker (dispatch 1) instead of the backlog
 */
public record NewRequest(
        RequestId id,
        Client client,
        String kind,
        RequestOptions options,
        Instant createdAt,
        Instant expiresAt,
        Payload payload,
        boolean queued) {

    /** The same, going straight to the broker. */
    public NewRequest asQueued() {
        return new NewRequest(id, client, kind, options, createdAt, expiresAt, payload, true);
    }
}
