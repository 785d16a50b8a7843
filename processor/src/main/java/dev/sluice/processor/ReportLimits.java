package dev.sluice.processor;

import static dev.sluice.processor.Requirement.require;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The bounds of reporting, {@code sluice.processor.reports}.
 *
 * @param maxBatch reports in one message, 1 to 10,000
 * @param maxBatchBytes of one message, 1 KiB to 16 MiB; a report that alone is bigger goes alone
 * @param maxPending reports made and not confirmed; at the bound no new work is started until the broker confirms
 * @param maxPendingBytes of these reports together, with the same effect at the bound
 */
public record ReportLimits(
        @DefaultValue("1000") int maxBatch,
        @DefaultValue("1MB") DataSize maxBatchBytes,
        @DefaultValue("20000") int maxPending,
        @DefaultValue("64MB") DataSize maxPendingBytes) {

    private static final String KEY = "sluice.processor.reports.";

    /** The limits without configuration. */
    public static final ReportLimits DEFAULT =
            new ReportLimits(1_000, DataSize.ofMegabytes(1), 20_000, DataSize.ofMegabytes(64));

    public ReportLimits {
        require(maxBatch >= 1 && maxBatch <= 10_000, KEY + "max-batch must be 1 to 10000, was " + maxBatch);
        require(
                maxBatchBytes.toKilobytes() >= 1 && maxBatchBytes.toMegabytes() <= 16,
                KEY + "max-batch-bytes must be 1KB to 16MB, was " + maxBatchBytes);
        require(
                maxPending >= maxBatch,
                KEY + "max-pending must be at least max-batch (" + maxBatch + "), was " + maxPending);
        require(
                maxPendingBytes.compareTo(maxBatchBytes) >= 0,
                KEY + "max-pending-bytes must be at least max-batch-bytes (" + maxBatchBytes + "), was "
                        + maxPendingBytes);
    }
}
