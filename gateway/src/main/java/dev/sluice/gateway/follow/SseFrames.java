package dev.sluice.gateway.follow;

import dev.sluice.gateway.json.JsonBytes;
import dev.sluice.gateway.request.EventPage;
import dev.sluice.gateway.request.LoggedEvent;
import dev.sluice.gateway.request.RequestJson;
import dev.sluice.gateway.request.RequestView;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

/** Server-Sent Events as bytes; data is always one line. */
final class SseFrames {

    static final byte[] HEARTBEAT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private static final int RETRY_MS = 2_500;
    private static final int RETRY_JITTER_MS = 1_000;

    /** The pause before a reconnect; spread, so that not all clients come back at once. */
    static String retry() {
        return "retry: " + (RETRY_MS + ThreadLocalRandom.current().nextInt(RETRY_JITTER_MS)) + "\n\n";
    }

    /**
     * The first frame: the state of the request.
     *
     * @param fresh whether the client continues from here; a client that resumes keeps the id that it had
     */
    static byte[] opening(RequestView view, boolean fresh) {
        JsonBytes sse = new JsonBytes(1_024).verbatim(retry());
        if (fresh) {
            sse.verbatim("id: " + view.snapshot().seq() + "\n");
        }
        return sse.verbatim("event: snapshot\ndata: ")
                .raw(RequestJson.of(view).toString())
                .verbatim("\n\n")
                .toBytes();
    }

    /** A page of events, and the frame {@code end} if the log ends with it. */
    static byte[] page(EventPage page) {
        JsonBytes sse = new JsonBytes(256 + 512 * page.events().size());
        if (!page.complete()) {
            sse.verbatim("event: reset\ndata: ").beginObject();
            sse.name("id").value(page.id().toString());
            sse.name("seq").value(page.seq());
            sse.endObject().verbatim("\n\n");
        }
        for (LoggedEvent event : page.events()) {
            sse.verbatim("id: " + event.seq() + "\nevent: " + CloudEvents.name(event) + "\ndata: ");
            CloudEvents.write(sse, event);
            sse.verbatim("\n\n");
        }
        if (isEnd(page)) {
            sse.verbatim("event: end\ndata: ").beginObject();
            sse.name("id").value(page.id().toString());
            sse.name("state").value(page.state().name());
            sse.endObject().verbatim("\n\n");
        }
        return sse.toBytes();
    }

    /** Whether no event can ever follow this page. */
    static boolean isEnd(EventPage page) {
        return page.state().isDone() && !page.more();
    }

    private SseFrames() {}
}
