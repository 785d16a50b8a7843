package dev.sluice.gateway.web;

import dev.sluice.gateway.json.JsonBytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.CollectionUtils;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * An answer whose body is bytes already: no message writer is chosen and nothing is encoded on the way out.
 *
 * <p>Built and used once, by one thread.
 */
public final class Answer implements ServerResponse {

    private static final MultiValueMap<String, ResponseCookie> NO_COOKIES =
            CollectionUtils.unmodifiableMultiValueMap(new LinkedMultiValueMap<>());

    private final int status;
    private final byte @Nullable [] body;
    private final List<String> namesAndValues = new ArrayList<>(12);

    private Answer(int status, byte @Nullable [] body) {
        this.status = status;
        this.body = body;
    }

    /** An answer without body. */
    public static Answer empty(int status) {
        return new Answer(status, null);
    }

    public static Answer of(int status, String contentType, byte[] body) {
        return new Answer(status, body).header("Content-Type", contentType);
    }

    /** A JSON document that no cache between gateway and client may keep. */
    public static Answer json(int status, JsonBytes body) {
        return of(status, "application/json", body.toBytes()).header("Cache-Control", "no-store");
    }

    /** A problem document with the headers that belong to it. */
    public static Answer problem(Problem problem, String traceId) {
        JsonBytes json = new JsonBytes(384).beginObject();
        problem.writeMembers(json, traceId);
        Answer answer = of(
                        problem.type().status(),
                        Problem.MEDIA_TYPE,
                        json.endObject().toBytes())
                .header("Cache-Control", "no-store");
        return problem.retryAfterS() > 0 ? answer.header("Retry-After", problem.retryAfterS()) : answer;
    }

    /** Adds a header; its value comes from the gateway or was checked, so that it cannot break the line. */
    public Answer header(String name, String value) {
        namesAndValues.add(name);
        namesAndValues.add(value);
        return this;
    }

    public Answer header(String name, int value) {
        return header(name, Integer.toString(value));
    }

    @Override
    public HttpStatusCode statusCode() {
        return HttpStatusCode.valueOf(status);
    }

    @Override
    public HttpHeaders headers() {
        HttpHeaders headers = new HttpHeaders();
        writeTo(headers);
        return headers;
    }

    @Override
    public MultiValueMap<String, ResponseCookie> cookies() {
        return NO_COOKIES;
    }

    @Override
    public Mono<Void> writeTo(ServerWebExchange exchange, Context context) {
        return writeTo(exchange.getResponse());
    }

    /** Writes the answer outside the router. */
    public Mono<Void> writeTo(ServerHttpResponse response) {
        response.setRawStatusCode(status);
        writeTo(response.getHeaders());
        if (body == null) {
            return response.setComplete();
        }
        response.getHeaders().setContentLength(body.length);
        return response.writeWith(Mono.just(response.bufferFactory().wrap(body)));
    }

    private void writeTo(HttpHeaders headers) {
        for (int i = 0; i < namesAndValues.size(); i += 2) {
            headers.add(namesAndValues.get(i), namesAndValues.get(i + 1));
        }
    }
}
