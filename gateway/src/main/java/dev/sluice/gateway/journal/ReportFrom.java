package dev.sluice.gateway.journal;

import dev.sluice.message.Report;
import java.util.UUID;

/** A report and the processor that made it. */
record ReportFrom(UUID processor, Report report) {}
