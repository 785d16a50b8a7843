package dev.sluice.processor.handler;

import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a request.
 *
 * @param id the same in every attempt: the key for idempotent effects
 * @param attempt the counted try, from 1
 * @param maxAttempts tries in all
 * @param acceptedAt when the request became durable
 * @param timeout for this attempt, from its start
 * @param traceparent of the submission, where it had one
 * @param payload the input
 */
public record Work(
        RequestId id,
        String kind,
        int attempt,
        int maxAttempts,
        Instant acceptedAt,
        Duration timeout,
        @Nullable String traceparent,
        Payload payload) {}
