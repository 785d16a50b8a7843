package dev.sluice.processor;

import dev.sluice.message.Report;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.json.JsonMapper;

/** Progress as JSON, checked where the handler's author sees the error. */
final class ProgressJson {

    private static final JsonMapper JSON = new JsonMapper();

    private record Percent(int percent, String message) {}

    static String of(int percent, String message) {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("percent must be 0 to 100, was " + percent);
        }
        return checked(JSON.writeValueAsString(new Percent(percent, message)));
    }

    static String checked(String json) {
        int bytes = json.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > Report.Progress.MAX_JSON) {
            throw new IllegalArgumentException(
                    "progress must be at most " + Report.Progress.MAX_JSON + " bytes, was " + bytes);
        }
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() == null) {
                throw new IllegalArgumentException("progress must be one JSON value, was empty");
            }
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("progress must be one JSON value, was more");
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException("progress must be JSON: " + e.getOriginalMessage(), e);
        }
        return json;
    }

    private ProgressJson() {}
}
