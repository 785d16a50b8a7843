package dev.sluice.gateway.request;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The options of a request, which travel with it from the submission to the processor.
 *
 * @param cost processing tokens
 * @param maxAttempts counted tries in all
 * @param timeout for each try
 * @param traceparent of the submission, where it had one
 */
public record RequestOptions(
        int cost,
        int maxAttempts,
        Duration timeout,
        @Nullable String traceparent) {}
