package dev.sluice.gateway.request;

import dev.sluice.message.RequestId;
import java.util.List;

/**
 * A stretch of one request's log.
 *
 * @param state and {@code seq}: of the request when the page was read; the page ends there unless {@code more}
 * @param complete false if the log no longer reaches back to the seq that was asked for
 * @param more whether the page was cut by its limit
 */
public record EventPage(
        RequestId id, RequestState state, int seq, List<LoggedEvent> events, boolean complete, boolean more) {

    public EventPage {
        events = List.copyOf(events);
    }
}
