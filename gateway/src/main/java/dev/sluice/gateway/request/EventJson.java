package dev.sluice.gateway.request;

import dev.sluice.message.Failure;
import dev.sluice.message.RequestId;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Events as the log has them: a JSON array. Writing is on the hot path and done by hand; reading uses a parser.
 *
 * <pre>
 * [{"seq":3,"at":"2026-11-21T10:00:00.123456Z","type":"started","data":{"attempt":1,"processor":"…","alone":false}}, …]
 * </pre>
 */
public final class EventJson {

    private static final JsonMapper JSON = new JsonMapper();

    /** The events of one change, each with its seq. */
    public static byte[] encode(RequestChange change) {
        StringBuilder out = new StringBuilder(128 * change.events().size());
        RequestSnapshot now = change.before();
        for (RequestEvent event : change.events()) {
            now = now.after(event);
            out.append(out.isEmpty() ? "[" : ",");
            append(out, event, now);
        }
        return out.append(']').toString().getBytes(StandardCharsets.UTF_8);
    }

    public static List<LoggedEvent> decode(RequestId id, byte[] events) {
        List<LoggedEvent> decoded = new ArrayList<>();
        for (JsonNode event : JSON.readTree(events)) {
            decoded.add(new LoggedEvent(
                    id,
                    event.get("seq").asInt(),
                    Instant.parse(event.get("at").asString()),
                    event.get("type").asString(),
                    event.get("data").toString()));
        }
        return decoded;
    }

    private static void append(StringBuilder out, RequestEvent event, RequestSnapshot after) {
        out.append("{\"seq\":").append(after.seq());
        out.append(",\"at\":\"").append(event.at()).append("\",\"type\":\"");
        switch (event) {
            case RequestEvent.Accepted _ -> out.append("accepted\",\"data\":{");
            case RequestEvent.Queued queued ->
                out.append("queued\",\"data\":{\"dispatch\":").append(queued.dispatch());
            case RequestEvent.Started started ->
                out.append("started\",\"data\":{\"attempt\":")
                        .append(after.attempt())
                        .append(",\"processor\":\"")
                        .append(started.processor())
                        .append("\",\"alone\":")
                        .append(started.alone());
            case RequestEvent.Progress progress ->
                out.append("progress\",\"data\":{\"progress\":").append(valid(progress.json()));
            case RequestEvent.Output output -> appendOutput(out, output.chunk());
            case RequestEvent.Retrying retrying -> appendRetrying(out, retrying, after);
            case RequestEvent.Returned returned ->
                out.append("accepted\",\"data\":{\"reason\":\"")
                        .append(returned.reason().name().toLowerCase(Locale.ROOT))
                        .append('"');
            case RequestEvent.Succeeded succeeded -> {
                out.append("succeeded\",\"data\":{\"bytes\":")
                        .append(succeeded.result().size())
                        .append(",\"contentType\":");
                quote(out, succeeded.result().contentType());
            }
            case RequestEvent.Failed failed -> {
                out.append("failed\",\"data\":{\"attempt\":").append(after.attempt());
                appendFailure(out, failed.failure());
            }
            case RequestEvent.Canceling _ -> out.append("canceling\",\"data\":{");
            case RequestEvent.Canceled _ -> out.append("canceled\",\"data\":{");
        }
        out.append("}}");
    }

    /** The text if it is JSON, else {@code null}: a processor's mistake must not make the array unreadable. */
    private static String valid(String json) {
        try {
            return JSON.readTree(json).isMissingNode() ? "null" : json;
        } catch (JacksonException _) {
            return "null";
        }
    }

    private static void appendRetrying(StringBuilder out, RequestEvent.Retrying event, RequestSnapshot after) {
        out.append("retrying\",\"data\":{\"attempt\":").append(after.attempt());
        out.append(",\"counted\":").append(event.counted());
        out.append(",\"notBefore\":\"").append(event.notBefore()).append('"');
        appendFailure(out, event.failure());
    }

    private static void appendFailure(StringBuilder out, Failure failure) {
        out.append(",\"error\":{\"code\":");
        quote(out, failure.code());
        out.append(",\"title\":");
        quote(out, failure.title());
        out.append(",\"detail\":");
        quote(out, failure.detail());
        out.append('}');
    }

    private static void appendOutput(StringBuilder out, byte[] chunk) {
        out.append("output\",\"data\":{");
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(chunk))
                    .toString();
            out.append("\"text\":");
            quote(out, text);
        } catch (CharacterCodingException _) {
            out.append("\"base64\":\"")
                    .append(Base64.getEncoder().encodeToString(chunk))
                    .append('"');
        }
    }

    private static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ' || Character.isSurrogate(c)) {
                        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private EventJson() {}
}
