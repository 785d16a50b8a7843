package dev.sluice.gateway.follow;

import dev.sluice.gateway.json.JsonBytes;
import dev.sluice.gateway.request.LoggedEvent;
import java.util.UUID;

/** Events in the envelope of CloudEvents 1.0, JSON format, with the extension {@code sequence}. */
final class CloudEvents {

    /** Odd, so that different seqs of one request give different ids. */
    private static final long SPREAD = 0x1E3779B97F4A7C15L;

    private static final long RANDOM_BITS = (1L << 62) - 1;

    /** Writes one event as an object. */
    static void write(JsonBytes json, LoggedEvent event) {
        String id = event.id().toString();
        json.beginObject();
        json.name("specversion").value("1.0");
        json.name("id").value("evt_" + idOf(event));
        json.name("source").value("/v1/requests/" + id);
        json.name("type").value("dev.sluice." + name(event) + ".v1");
        json.name("subject").value(id);
        json.name("time").value(event.at());
        json.name("sequence").value(Integer.toString(event.seq()));
        json.name("datacontenttype").value("application/json");
        json.name("data").raw(event.data());
        json.endObject();
    }

    /** The event's name as streams show it, {@code request.started}. */
    static String name(LoggedEvent event) {
        return "request." + event.type();
    }

    /**
     * The same for every reader and every time: made of the request's id and the seq, still a UUIDv7 of the request's
     * time.
     */
    private static UUID idOf(LoggedEvent event) {
        UUID request = event.id().value();
        long low = request.getLeastSignificantBits();
        return new UUID(request.getMostSignificantBits(), low ^ ((event.seq() * SPREAD) & RANDOM_BITS));
    }

    private CloudEvents() {}
}
