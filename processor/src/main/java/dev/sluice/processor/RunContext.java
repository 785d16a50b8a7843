package dev.sluice.processor;

import java.time.Clock;
import reactor.core.scheduler.Scheduler;

/** The parts of a processor that all its runs share. */
record RunContext(
        Reporter reporter,
        ProcessingTokens tokens,
        HeldRuns held,
        CanceledRequests canceled,
        Clock clock,
        Scheduler scheduler) {

    /** Grants the claims that can be granted now and sends waiting reports: the last step of every change of a run. */
    void grantAndReport() {
        tokens.grant();
    }
}
