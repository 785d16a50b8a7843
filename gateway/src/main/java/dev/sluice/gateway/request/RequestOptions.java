package dev.sluice.gateway.request;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a caller may say about its work besides the input.
 *
 * @param cost processing tokens, from 1
 * @param maxAttempts counted tries in all; 0 for the kind's
 * @param timeout for each try; null for the kind's
 * @param traceparent valid, or null
 */
public record RequestOptions(
        int cost,
        int maxAttempts,
        @Nullable Duration timeout,
        @Nullable String traceparent) {

    public static final int MAX_COST = 10_000;
    public static final int MAX_ATTEMPTS = 100;
    /** Five minutes less than the time after which RabbitMQ closes a consumer that does not ack. */
    public static final int MAX_TIMEOUT_S = 1_500;

    /** Everything as the kind has it. */
    public static final RequestOptions DEFAULTS = new RequestOptions(1, 0, null, null);
}
