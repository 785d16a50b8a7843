package dev.sluice.gateway.journal;

import dev.sluice.gateway.control.Kinds;
import dev.sluice.gateway.control.Processors;
import dev.sluice.gateway.request.RequestEvidence;
import dev.sluice.queue.Broker;
import java.time.Clock;

/** Where evidence of a loss is looked for, and where what follows from it is written. */
public record HeartbeatEvidence(
        Kinds kinds,
        Processors processors,
        RequestEvidence requests,
        Broker broker,
        Journal journal,
        JournalMetrics metrics,
        Clock clock) {}
