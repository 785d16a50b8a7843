package dev.sluice.gateway.request;

import dev.sluice.message.RequestId;
import io.netty.buffer.ByteBufUtil;
import java.util.List;

/**
 * A stretch of one request's log.
 *
 * @param state the state of the request when the page was read
 * @param seq the seq of the request then; the page ends with it unless {@code more}
 * @param complete false if the log no longer reaches back to the seq that was asked for
 * @param more whether the page was cut by its limit
 */
public record EventPage(
        RequestId id, RequestState state, int seq, List<LoggedEvent> events, boolean complete, boolean more) {

    public EventPage {
        events = List.copyOf(events);
    }

    /**
     * The page with its first events only: at least one, and at most {@code maxBytes} of data together. {@link #more}
     * tells whether events were left out.
     */
    public EventPage cutTo(int maxBytes) {
        long bytes = 0;
        for (int i = 0; i < events.size(); i++) {
            bytes += ByteBufUtil.utf8Bytes(events.get(i).data());
            if (bytes > maxBytes && i > 0) {
                return new EventPage(id, state, seq, events.subList(0, i), complete, true);
            }
        }
        return this;
    }
}
