package dev.sluice.gateway.request;

import dev.sluice.gateway.json.JsonBytes;
import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import org.jspecify.annotations.Nullable;

/** A request as clients read it. The 202 and every later answer have one shape; later answers have more members. */
public final class RequestJson {

    private static final int SIZE_HINT = 768;
    private static final String PATH = "/v1/requests/";

    /** The path at which a request is read. */
    public static String path(String id) {
        return PATH + id;
    }

    /** The body of a 202. */
    public static JsonBytes of(Receipt receipt) {
        NewRequest request = receipt.request();
        String id = request.id().toString();
        JsonBytes json = new JsonBytes(SIZE_HINT).beginObject();
        head(json, id, request.kind(), receipt.state());
        json.name("attempt").value(0);
        json.name("maxAttempts").value(request.options().maxAttempts());
        json.name("createdAt").value(request.createdAt());
        json.name("expiresAt").value(request.expiresAt());
        return links(json, id).endObject();
    }

    /** The body of every later answer. */
    public static JsonBytes of(RequestView view) {
        JsonBytes json = new JsonBytes(SIZE_HINT).beginObject();
        RequestSnapshot snapshot = view.snapshot();
        String id = snapshot.id().toString();
        head(json, id, snapshot.kind(), snapshot.state());
        json.name("attempt").value(snapshot.attempt());
        json.name("maxAttempts").value(snapshot.maxAttempts());
        json.name("seq").value(snapshot.seq());
        json.name("cost").value(view.cost());
        times(json, view);
        if (view.resultType() != null) {
            json.name("result").beginObject();
            json.name("contentType").value(view.resultType());
            json.name("size").value(view.resultSize()).endObject();
        }
        String error = error(view);
        if (error != null) {
            json.name("error").raw(error);
        }
        return links(json, id).endObject();
    }

    /**
     * The failure of the last attempt that failed, as a JSON object; null if there is none or a later one succeeded.
     */
    public static @Nullable String error(RequestView view) {
        Failure failure = view.failure();
        if (failure == null || view.snapshot().state() == RequestState.SUCCEEDED) {
            return null;
        }
        JsonBytes json = new JsonBytes(256).beginObject();
        json.name("code").value(failure.code());
        json.name("title").value(failure.title());
        if (!failure.detail().isEmpty()) {
            json.name("detail").value(failure.detail());
        }
        json.name("transient").value(view.failureClass() != FailureClass.PERMANENT);
        json.name("attempt").value(view.failureAttempt());
        json.name("maxAttempts").value(view.snapshot().maxAttempts());
        return json.endObject().toString();
    }

    private static void head(JsonBytes json, String id, String kind, RequestState state) {
        json.name("id").value(id);
        json.name("kind").value(kind);
        json.name("state").value(state.name());
        json.name("done").value(state.isDone());
        json.name("held").value(false);
    }

    private static void times(JsonBytes json, RequestView view) {
        json.name("createdAt").value(view.createdAt());
        json.name("updatedAt").value(view.updatedAt());
        if (view.queuedAt() != null) {
            json.name("queuedAt").value(view.queuedAt());
        }
        if (view.doneAt() != null) {
            json.name("doneAt").value(view.doneAt());
        }
        json.name("expiresAt").value(view.snapshot().expiresAt());
    }

    private static JsonBytes links(JsonBytes json, String id) {
        String self = path(id);
        json.name("links").beginObject();
        json.name("self").value(self);
        json.name("result").value(self + "/result");
        json.name("events").value(self + "/events");
        json.name("ws").value("/v1/ws");
        json.name("cancel").value(self + "/cancel");
        return json.endObject();
    }

    private RequestJson() {}
}
