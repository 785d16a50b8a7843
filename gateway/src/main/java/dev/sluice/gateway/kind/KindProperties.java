package dev.sluice.gateway.kind;

import java.time.Duration;
import java.util.Set;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The policy of a kind, as configured under {@code sluice.kinds.<kind>}, and the defaults of kinds that are offered
 * without one. Its complaints name the last part of the key; the binding knows the kind.
 *
 * @param window requests out at broker and processors, 1 to 100,000
 * @param maxEnvelope requests in one work message, 1 to 256
 * @param maxAttempts counted tries, 1 to 100
 * @param timeout of one try, 1 ms to 24 h
 * @param backoff pause after the first failed try
 * @param maxBackoff the longest pause
 * @param maxPayload of an input, up to 1 MiB
 * @param maxResult of a result, up to 1 MiB
 * @param maxBacklog requests that wait
 * @param maxBacklogBytes their payloads
 * @param retention how long an outcome is kept, 1 h to 90 d
 * @param contentTypes that are taken; empty = all
 */
public record KindProperties(
        @DefaultValue("1024") int window,
        @DefaultValue("64") int maxEnvelope,
        @DefaultValue("5") int maxAttempts,
        @DefaultValue("60s") Duration timeout,
        @DefaultValue("1s") Duration backoff,
        @DefaultValue("5m") Duration maxBackoff,
        @DefaultValue("1MB") DataSize maxPayload,
        @DefaultValue("1MB") DataSize maxResult,
        @DefaultValue("1000000") long maxBacklog,
        @DefaultValue("4GB") DataSize maxBacklogBytes,
        @DefaultValue("7d") Duration retention,
        @DefaultValue Set<String> contentTypes) {

    private static final DataSize MAX_BYTES = DataSize.ofMegabytes(1);

    public KindProperties {
        require(window >= 1 && window <= 100_000, "window must be 1 to 100000, was " + window);
        require(maxEnvelope >= 1 && maxEnvelope <= 256, "max-envelope must be 1 to 256, was " + maxEnvelope);
        require(maxAttempts >= 1 && maxAttempts <= 100, "max-attempts must be 1 to 100, was " + maxAttempts);
        require(
                timeout.isPositive() && timeout.compareTo(Duration.ofHours(24)) <= 0,
                "timeout must be 1ms to 24h, was " + timeout);
        require(backoff.isPositive(), "backoff must be more than 0ms, was " + backoff);
        require(maxBackoff.compareTo(backoff) >= 0, "max-backoff must be at least backoff, was " + maxBackoff);
        requireBytes("max-payload", maxPayload);
        requireBytes("max-result", maxResult);
        require(maxBacklog >= 1, "max-backlog must be at least 1, was " + maxBacklog);
        require(maxBacklogBytes.toBytes() >= 1, "max-backlog-bytes must be positive, was " + maxBacklogBytes);
        require(
                retention.compareTo(Duration.ofHours(1)) >= 0 && retention.compareTo(Duration.ofDays(90)) <= 0,
                "retention must be 1h to 90d, was " + retention);
        contentTypes = Set.copyOf(contentTypes);
    }

    KindPolicy policyOf(String kind) {
        return new KindPolicy(
                kind,
                window,
                maxEnvelope,
                maxAttempts,
                timeout,
                backoff,
                maxBackoff,
                (int) maxPayload.toBytes(),
                (int) maxResult.toBytes(),
                maxBacklog,
                maxBacklogBytes.toBytes(),
                retention,
                contentTypes);
    }

    private static void requireBytes(String name, DataSize size) {
        require(size.toBytes() >= 1 && size.compareTo(MAX_BYTES) <= 0, name + " must be 1B to 1MB, was " + size);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
