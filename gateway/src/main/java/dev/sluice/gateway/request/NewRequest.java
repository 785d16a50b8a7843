package dev.sluice.gateway.request;

import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A submission that was admitted and is about to become durable.
 *
 * @param cost processing tokens
 * @param maxAttempts counted tries in all
 * @param timeout for each try
 * @param expiresAt until when its outcome is kept
 * @param traceparent of the submission, where it had one
 * @param queued whether it goes straight to the broker (dispatch 1) instead of the backlog
 */
public record NewRequest(
        RequestId id,
        String client,
        String kind,
        int cost,
        int maxAttempts,
        Duration timeout,
        Instant createdAt,
        Instant expiresAt,
        @Nullable String traceparent,
        Payload payload,
        boolean queued) {}
