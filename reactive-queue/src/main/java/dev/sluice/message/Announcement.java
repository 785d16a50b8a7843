package dev.sluice.message;

import java.util.List;
import java.util.UUID;

/**
 * The message of a gateway to all gateways after a commit. A hint: it may be lost, and readers look into the log.
 *
 * @param gateway the sender
 * @param changes requests with new events
 * @param freed slots of the windows that became free
 * @param waiting kinds whose backlog has new work
 */
public record Announcement(UUID gateway, List<Change> changes, List<Freed> freed, List<String> waiting) {

    public Announcement {
        changes = List.copyOf(changes);
        freed = List.copyOf(freed);
        waiting = List.copyOf(waiting);
    }

    /** A request, the seq of its newest event and the code of its state. */
    public record Change(RequestId id, int seq, byte state) {}

    /** Requests of a kind that are no longer out. */
    public record Freed(String kind, int count) {}
}
