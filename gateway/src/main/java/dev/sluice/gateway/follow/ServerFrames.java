package dev.sluice.gateway.follow;

import dev.sluice.gateway.json.JsonBytes;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.request.EventPage;
import dev.sluice.gateway.request.LoggedEvent;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.web.Problem;
import dev.sluice.message.RequestId;
import java.util.ArrayList;
import java.util.List;

/** The frames that the gateway sends on a WebSocket, as bytes. */
final class ServerFrames {

    static final byte[] PONG = frame("pong").endObject().toBytes();

    static byte[] welcome(Client client, int maxSubscriptions, int maxFrameBytes) {
        JsonBytes json = frame("welcome");
        json.name("client").value(client.name());
        json.name("maxSubscriptions").value(maxSubscriptions);
        json.name("maxFrameBytes").value(maxFrameBytes);
        return json.endObject().toBytes();
    }

    static byte[] accepted(String ref, RequestId id, RequestState state) {
        JsonBytes json = frame("accepted");
        json.name("ref").value(ref);
        json.name("id").value(id.toString());
        json.name("state").value(state.name());
        return json.endObject().toBytes();
    }

    static byte[] problem(String ref, Problem problem) {
        JsonBytes json = frame("problem");
        json.name("ref").value(ref);
        json.name("problem").beginObject();
        problem.writeMembers(json, null);
        return json.endObject().endObject().toBytes();
    }

    /** The frames of a page: perhaps a reset, one for each event, and the end if the log ends with this page. */
    static List<byte[]> page(EventPage page) {
        List<byte[]> frames = new ArrayList<>(page.events().size() + 2);
        if (!page.complete()) {
            frames.add(standing("reset", page));
        }
        for (LoggedEvent event : page.events()) {
            JsonBytes json = frame("event");
            CloudEvents.write(json.name("event"), event);
            frames.add(json.endObject().toBytes());
        }
        if (SseFrames.isEnd(page)) {
            frames.add(standing("end", page));
        }
        return frames;
    }

    private static byte[] standing(String type, EventPage page) {
        JsonBytes json = frame(type);
        json.name("id").value(page.id().toString());
        json.name("seq").value(page.seq());
        json.name("state").value(page.state().name());
        return json.endObject().toBytes();
    }

    private static JsonBytes frame(String type) {
        JsonBytes json = new JsonBytes(512).beginObject();
        json.name("type").value(type);
        return json;
    }

    private ServerFrames() {}
}
