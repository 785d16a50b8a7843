package dev.sluice.gateway.request;

import dev.sluice.message.WorkItem;

/** A request that was taken from the backlog and is QUEUED from now on, with everything that a processor needs. */
public record DispatchedRequest(Client client, String kind, int seq, WorkItem item) {}
