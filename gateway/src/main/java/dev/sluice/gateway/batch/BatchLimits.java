package dev.sluice.gateway.batch;

import java.time.Duration;

/**
 * The bounds of a {@link MicroBatcher}.
 *
 * @param lanes batches being written at once, 1 to 8
 * @param maxSize items in one batch, 1 to 1,000
 * @param maxBytes of one batch; a larger item travels alone
 * @param maxPending items waiting or being written
 * @param maxPendingBytes their bytes together; one item alone is always taken
 * @param pause between the departures of two batches while few items are pending, 0 to 1 s
 */
public record BatchLimits(int lanes, int maxSize, long maxBytes, int maxPending, long maxPendingBytes, Duration pause) {

    /** No batch waits for another one. */
    public BatchLimits(int lanes, int maxSize, long maxBytes, int maxPending, long maxPendingBytes) {
        this(lanes, maxSize, maxBytes, maxPending, maxPendingBytes, Duration.ZERO);
    }

    public BatchLimits {
        require(lanes >= 1 && lanes <= 8, "lanes must be 1 to 8, was " + lanes);
        require(maxSize >= 1 && maxSize <= 1_000, "max-size must be 1 to 1000, was " + maxSize);
        require(maxBytes >= 1, "max-bytes must be positive, was " + maxBytes);
        require(maxPending >= maxSize, "max-pending must be at least max-size (" + maxSize + "), was " + maxPending);
        require(
                maxPendingBytes >= maxBytes,
                "max-pending-bytes must be at least max-bytes (" + maxBytes + "), was " + maxPendingBytes);
        require(
                !pause.isNegative() && pause.compareTo(Duration.ofSeconds(1)) <= 0,
                "pause must be 0 to 1 s, was " + pause);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
