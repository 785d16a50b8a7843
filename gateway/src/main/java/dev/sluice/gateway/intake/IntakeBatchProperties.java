package dev.sluice.gateway.intake;

import static dev.sluice.settings.Setting.check;

import dev.sluice.gateway.batch.BatchLimits;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The bounds of the inserts into which submissions are gathered, {@code sluice.intake.batch}.
 *
 * @param lanes inserts at once, 1 to 8: one makes the largest batches; more hide the distance to Postgres
 * @param maxSize rows in one insert, 1 to 1,000
 * @param maxBytes payloads in one insert, 64 KB to 64 MB; a larger payload goes alone
 * @param maxPending submissions waiting or being written; one more is refused with 503
 * @param maxPendingBytes their payloads together; one more is refused with 503
 * @param pause between two inserts while fewer than 16 submissions are pending, 0 to 100 ms; 0 inserts at once
 */
@ConfigurationProperties("sluice.intake.batch")
record IntakeBatchProperties(
        @DefaultValue("1") int lanes,
        @DefaultValue("256") int maxSize,
        @DefaultValue("4MB") DataSize maxBytes,
        @DefaultValue("4096") int maxPending,
        @DefaultValue("64MB") DataSize maxPendingBytes,
        @DefaultValue("4ms") Duration pause) {

    private static final String KEY = "sluice.intake.batch.";
    private static final Duration MAX_PAUSE = Duration.ofMillis(100);

    public IntakeBatchProperties {
        check(lanes >= 1 && lanes <= 8, KEY + "lanes", lanes, "1 to 8");
        check(maxSize >= 1 && maxSize <= 1_000, KEY + "max-size", maxSize, "1 to 1000");
        check(
                maxBytes.toKilobytes() >= 64 && maxBytes.toMegabytes() <= 64,
                KEY + "max-bytes",
                maxBytes,
                "64KB to 64MB");
        check(maxPending >= maxSize, KEY + "max-pending", maxPending, "at least max-size (" + maxSize + ")");
        check(
                maxPendingBytes.compareTo(maxBytes) >= 0,
                KEY + "max-pending-bytes",
                maxPendingBytes,
                "at least max-bytes (" + maxBytes + ")");
        check(!pause.isNegative() && pause.compareTo(MAX_PAUSE) <= 0, KEY + "pause", pause, "0 to 100ms");
    }

    BatchLimits toLimits() {
        return new BatchLimits(lanes, maxSize, maxBytes.toBytes(), maxPending, maxPendingBytes.toBytes(), pause);
    }
}
