package dev.sluice.gateway.dispatch;

import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import java.util.ArrayList;
import java.util.List;

/** Packs requests that are due together into work messages. Pure. */
final class Envelopes {

    /** In the order given; a request that must run alone travels alone, and one that may run too long. */
    static List<WorkEnvelope> pack(String kind, List<WorkItem> items, EnvelopeBounds bounds) {
        List<WorkEnvelope> envelopes = new ArrayList<>();
        List<WorkItem> open = new ArrayList<>();
        long cost = 0;
        long bytes = 0;
        for (WorkItem item : items) {
            boolean fits = open.size() < bounds.maxItems()
                    && cost + item.cost() <= bounds.maxCost()
                    && bytes + size(item) <= bounds.maxBytes();
            if (!open.isEmpty() && (!fits || isSingle(item, bounds) || isSingle(open.getLast(), bounds))) {
                envelopes.add(new WorkEnvelope(kind, open));
                open = new ArrayList<>();
                cost = 0;
                bytes = 0;
            }
            open.add(item);
            cost += item.cost();
            bytes += size(item);
        }
        if (!open.isEmpty()) {
            envelopes.add(new WorkEnvelope(kind, open));
        }
        return envelopes;
    }

    private static boolean isSingle(WorkItem item, EnvelopeBounds bounds) {
        return item.alone() || item.timeout().compareTo(bounds.maxTimeout()) > 0;
    }

    private static long size(WorkItem item) {
        return (long) item.payload().size() + Wire.ITEM_OVERHEAD;
    }

    private Envelopes() {}
}
