package dev.sluice.gateway.request;

import java.util.ArrayList;
import java.util.List;

/**
 * The change of one request in one transaction.
 *
 * @param events in order, transitions only; the last one's seq is {@code after.seq()}
 */
public record RequestChange(RequestSnapshot before, RequestSnapshot after, List<RequestEvent> events) {

    public RequestChange {
        events = List.copyOf(events);
    }

    /** The change that {@code events} make to {@code before}; events that are no transition are left out. */
    public static RequestChange of(RequestSnapshot before, List<RequestEvent> events) {
        RequestSnapshot now = before;
        List<RequestEvent> counted = new ArrayList<>(events.size());
        for (RequestEvent event : events) {
            RequestSnapshot next = now.after(event);
            if (next.seq() != now.seq()) {
                counted.add(event);
                now = next;
            }
        }
        return new RequestChange(before, now, counted);
    }

    /** Whether a slot of the kind's window became free. */
    public boolean frees() {
        return before.state().isDispatched() && !after.state().isDispatched();
    }
}
