package dev.sluice.gateway.web;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The pages that the types of problems resolve to: their meaning and their remedy. */
public final class ProblemPages {

    private final Map<String, byte[]> pages = new HashMap<>();

    public ProblemPages() {
        for (ProblemType type : ProblemType.values()) {
            pages.put(type.code(), page(type));
        }
    }

    public Mono<ServerResponse> page(ServerRequest http) {
        byte[] page = pages.get(http.pathVariable("code"));
        if (page == null) {
            return Mono.error(
                    () -> new Problem(ProblemType.NOT_FOUND, "There is no problem of this code").toException());
        }
        return Mono.just(Answer.of(200, "text/html; charset=utf-8", page)
                .header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
                .header("X-Content-Type-Options", "nosniff")
                .header("Cache-Control", "public, max-age=3600"));
    }

    private static byte[] page(ProblemType type) {
        String again = type.retryable() ? "worth trying again later" : "the same call will fail again";
        return """
                <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
                <title>%1$s</title><h1>%2$s</h1><p><code>%1$s</code>, HTTP status %3$d, %4$s</p><p>%5$s</p></html>
                """.formatted(type.code(), type.title(), type.status(), again, type.advice())
                .getBytes(StandardCharsets.UTF_8);
    }
}
