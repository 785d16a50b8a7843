package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.control.Cancels;
import dev.sluice.gateway.control.GatewayIdentity;
import dev.sluice.gateway.control.Presence;
import dev.sluice.gateway.control.Processors;
import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.request.Database;
import dev.sluice.gateway.request.Days;
import dev.sluice.gateway.request.RequestEvidence;
import dev.sluice.queue.Broker;
import java.time.Clock;

/** What sweeps look at and repair with. */
public record SweepContext(
        GatewayIdentity identity,
        Database database,
        RequestEvidence evidence,
        Days days,
        Journal journal,
        Presence presence,
        Processors processors,
        Cancels cancels,
        Broker broker,
        Clock clock) {}
