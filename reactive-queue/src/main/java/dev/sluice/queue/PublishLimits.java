package dev.sluice.queue;

import java.time.Duration;

/**
 * The bounds of publishing.
 *
 * @param maxInFlight messages sent and not yet confirmed, 1 to 65,535
 * @param maxWaiting messages waiting for a free place; one more ends with {@link PublishException.Overflow}
 * @param maxWaitingBytes the bodies of waiting and unconfirmed messages together; one more ends the same way
 * @param confirmTimeout from subscription to confirm
 */
public record PublishLimits(int maxInFlight, int maxWaiting, long maxWaitingBytes, Duration confirmTimeout) {

    /** 256 in flight, 4,096 or 64 MiB waiting, 5 s. */
    public static final PublishLimits DEFAULT = new PublishLimits(256, 4_096, 64L * 1024 * 1024, Duration.ofSeconds(5));

    public PublishLimits {
        require(maxInFlight >= 1 && maxInFlight <= 65_535, "maxInFlight must be 1 to 65535, was " + maxInFlight);
        require(maxWaiting >= 0, "maxWaiting must not be negative, was " + maxWaiting);
        require(maxWaitingBytes >= 1, "maxWaitingBytes must be positive, was " + maxWaitingBytes);
        require(confirmTimeout.isPositive(), "confirmTimeout must be positive, was " + confirmTimeout);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
