package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.request.Backlog;
import dev.sluice.gateway.request.ConservationMetrics;
import dev.sluice.gateway.request.Database;
import dev.sluice.gateway.request.RequestEvidence;
import dev.sluice.gateway.request.RequestStore;

/** Where requests wait and are kept, and who is told how many. */
public record DispatchStore(
        Database database,
        RequestStore requests,
        Backlog backlog,
        RequestEvidence evidence,
        ConservationMetrics metrics) {}
