package dev.sluice.message;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to a processor.
 *
 * @param dispatch see {@link Fence#dispatch}
 * @param attempt the counted try this run will be, from 1
 * @param maxAttempts tries in all
 * @param cost processing tokens it takes
 * @param alone whether nothing else may run in the processor meanwhile, because an earlier run did not survive
 * @param timeout for this try
 * @param acceptedAt when the request became durable
 * @param traceparent of the submission, where it had one
 */
public record WorkItem(
        RequestId id,
        int dispatch,
        int attempt,
        int maxAttempts,
        int cost,
        boolean alone,
        Duration timeout,
        Instant acceptedAt,
        @Nullable String traceparent,
        Payload payload) {}
