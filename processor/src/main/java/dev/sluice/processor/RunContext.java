package dev.sluice.processor;

import java.time.Clock;
import reactor.core.scheduler.Scheduler;

/** What all runs of a processor share. */
record RunContext(
        Reporter reporter,
        ProcessingTokens tokens,
        HeldRuns held,
        CanceledRequests canceled,
        Clock clock,
        Scheduler scheduler) {

    /** Grants what can be granted now and sends what was reported: the last step of whatever happens to a run. */
    void grantAndReport() {
        tokens.grant();
    }
}
