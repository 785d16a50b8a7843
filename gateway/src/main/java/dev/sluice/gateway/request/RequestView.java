package dev.sluice.gateway.request;

import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request as its client may see it.
 *
 * @param queuedAt the moment of the first dispatch
 * @param failure of the last failed attempt, where there was one
 * @param failureAttempt the attempt that failed so; of no meaning without a failure
 * @param resultType content type of the result, once there is one and until the request expires
 * @param resultSize its bytes
 */
public record RequestView(
        RequestSnapshot snapshot,
        int cost,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant queuedAt,
        @Nullable Instant doneAt,
        @Nullable FailureClass failureClass,
        @Nullable Failure failure,
        int failureAttempt,
        @Nullable String resultType,
        int resultSize) {}
