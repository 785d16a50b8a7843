package dev.sluice.gateway.kind;

import dev.sluice.gateway.json.JsonBytes;
import dev.sluice.gateway.web.Answer;
import java.util.Comparator;
import java.util.List;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** {@code GET /v1/kinds}: all kinds, each with everything that a caller must know to submit. */
public final class KindsHandler {

    private final Kinds kinds;

    public KindsHandler(Kinds kinds) {
        this.kinds = kinds;
    }

    public Mono<ServerResponse> list(ServerRequest http) {
        List<KindPolicy> sorted = kinds.all().stream()
                .sorted(Comparator.comparing(KindPolicy::name))
                .toList();
        JsonBytes json = new JsonBytes(512).beginObject().name("kinds").beginArray();
        for (KindPolicy kind : sorted) {
            write(json, kind);
        }
        return Mono.just(Answer.json(200, json.endArray().endObject()));
    }

    private static void write(JsonBytes json, KindPolicy kind) {
        json.beginObject();
        json.name("name").value(kind.name());
        json.name("maxPayloadBytes").value(kind.maxPayload());
        json.name("maxAttempts").value(kind.maxAttempts());
        json.name("timeout").value(kind.timeout().toSeconds());
        json.name("contentTypes").beginArray();
        kind.contentTypes().forEach(json::value);
        json.endArray().endObject();
    }
}
