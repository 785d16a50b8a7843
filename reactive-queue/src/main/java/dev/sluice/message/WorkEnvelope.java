package dev.sluice.message;

import java.util.List;

/**
 * One work message: one or more requests of a kind that travel and are acked together.
 *
 * @param kind of all items
 * @param items at least one
 */
public record WorkEnvelope(String kind, List<WorkItem> items) {

    public WorkEnvelope {
        items = List.copyOf(items);
        if (items.isEmpty()) {
            throw new IllegalArgumentException("an envelope carries at least one request");
        }
    }
}
