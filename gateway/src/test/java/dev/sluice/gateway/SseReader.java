package dev.sluice.gateway;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One stream of Server-Sent Events, read by a thread that may wait. */
final class SseReader implements AutoCloseable {

    private final HttpResponse<InputStream> response;
    private final BufferedReader lines;

    /** An event; {@code seq} is its id, or -1 if it has none. */
    record Event(int seq, String name, String data) {

        JsonNode json() {
            return Api.JSON.readTree(data);
        }
    }

    /** Follows a request; {@code after} is the last event that the reader has, or -1 if it has nothing. */
    SseReader(Api api, String id, int after) {
        String path = Api.path(id) + "/events";
        response = api.send(
                after < 0
                        ? api.call(path, "Accept", "text/event-stream")
                        : api.call(path, "Accept", "text/event-stream", "Last-Event-ID", Integer.toString(after)),
                BodyHandlers.ofInputStream());
        lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    HttpResponse<InputStream> response() {
        return response;
    }

    /** The next event; null when the stream has ended. */
    @Nullable
    Event next() throws IOException {
        int seq = -1;
        String name = "";
        String data = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("id: ")) {
                seq = Integer.parseInt(line.substring(4));
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data = line.substring(6);
            } else if (line.isEmpty() && !name.isEmpty()) {
                return new Event(seq, name, data);
            }
        }
        return null;
    }

    /** Everything until the stream ends. */
    List<Event> rest() throws IOException {
        List<Event> all = new ArrayList<>();
        for (Event event = next(); event != null; event = next()) {
            all.add(event);
        }
        return all;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
