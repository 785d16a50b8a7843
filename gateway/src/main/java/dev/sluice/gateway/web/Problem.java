package dev.sluice.gateway.web;

import dev.sluice.gateway.json.JsonBytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A problem document as RFC 9457 defines it, before it is written.
 *
 * @param detail the exact reason, for people
 * @param requestId the request that the problem is about, if there is one
 * @param retryAfterS for {@code Retry-After}; 0 for none
 * @param pointers the wrong parts of the input
 * @param cause a JSON object that becomes the member {@code error}: the stored failure of a request
 */
public record Problem(
        ProblemType type,
        String detail,
        @Nullable String requestId,
        int retryAfterS,
        List<Pointer> pointers,
        @Nullable String cause) {

    public static final String MEDIA_TYPE = "application/problem+json";

    /** A part of the input and its fault. */
    public record Pointer(String pointer, String detail) {}

    public Problem {
        pointers = List.copyOf(pointers);
    }

    public Problem(ProblemType type, String detail) {
        this(type, detail, null, type.retryAfterS(), List.of(), null);
    }

    public Problem about(String id) {
        return new Problem(type, detail, id, retryAfterS, pointers, cause);
    }

    public Problem retryAfter(int seconds) {
        return new Problem(type, detail, requestId, seconds, pointers, cause);
    }

    public Problem pointing(String pointer, String fault) {
        return new Problem(type, detail, requestId, retryAfterS, List.of(new Pointer(pointer, fault)), cause);
    }

    public Problem causedBy(String json) {
        return new Problem(type, detail, requestId, retryAfterS, pointers, json);
    }

    /** This problem as something to throw. */
    public ProblemException toException() {
        return new ProblemException(this);
    }

    /** Writes the document's members, for the body of an answer or a WebSocket frame, into an open object. */
    public void writeMembers(JsonBytes json, @Nullable String traceId) {
        json.name("type").value("/problems/" + type.code());
        json.name("title").value(type.title());
        json.name("status").value(type.status());
        json.name("detail").value(detail);
        json.name("code").value(type.code());
        json.name("retryable").value(type.retryable());
        if (requestId != null) {
            json.name("requestId").value(requestId);
        }
        if (traceId != null) {
            json.name("traceId").value(traceId);
        }
        if (!pointers.isEmpty()) {
            writePointers(json.name("errors"));
        }
        if (cause != null) {
            json.name("error").raw(cause);
        }
    }

    private void writePointers(JsonBytes json) {
        json.beginArray();
        for (Pointer part : pointers) {
            json.beginObject();
            json.name("pointer").value(part.pointer());
            json.name("detail").value(part.detail());
            json.endObject();
        }
        json.endArray();
    }
}
