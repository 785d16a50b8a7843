package dev.sluice.gateway.kind;

import java.time.Duration;
import java.util.Set;

/**
 * The rules for the requests of a kind. Postgres keeps them; each gateway follows a change within two seconds.
 *
 * @param window requests that may be out at broker and processors
 * @param maxEnvelope requests in one work message
 * @param maxAttempts counted tries
 * @param timeout of one try
 * @param backoff pause after the first failed try; doubles with each
 * @param maxBackoff the longest pause
 * @param maxPayload bytes of an input
 * @param maxResult bytes of a result
 * @param maxBacklog requests that wait; one more is refused with 503
 * @param maxBacklogBytes their payloads together; one more is refused with 503
 * @param retention how long an outcome is kept
 * @param contentTypes that are taken; empty = all
 */
public record KindPolicy(
        String name,
        int window,
        int maxEnvelope,
        int maxAttempts,
        Duration timeout,
        Duration backoff,
        Duration maxBackoff,
        int maxPayload,
        int maxResult,
        long maxBacklog,
        long maxBacklogBytes,
        Duration retention,
        Set<String> contentTypes) {

    public KindPolicy {
        contentTypes = Set.copyOf(contentTypes);
    }
}
