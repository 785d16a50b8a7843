package dev.sluice.gateway.intake;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.request.RequestOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The options that a submission asked for.
 *
 * @param cost processing tokens, from 1
 * @param maxAttempts counted tries in all; 0 for the number of the kind
 * @param timeout for each try; null for the time-out of the kind
 * @param traceparent valid, or null
 */
public record SubmitOptions(
        int cost,
        int maxAttempts,
        @Nullable Duration timeout,
        @Nullable String traceparent) {

    public static final int MAX_COST = 10_000;
    public static final int MAX_ATTEMPTS = 100;

    public static final int MAX_TIMEOUT_S = 86_400;

    /** No options: everything as the kind has it. */
    public static final SubmitOptions DEFAULTS = new SubmitOptions(1, 0, null, null);

    /** The same, with the kind's values for all options that were not given. */
    RequestOptions completedBy(KindPolicy kind) {
        return new RequestOptions(
                cost,
                maxAttempts == 0 ? kind.maxAttempts() : maxAttempts,
                timeout == null ? kind.timeout() : timeout,
                traceparent);
    }
}
