package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The public API, seen by a blocking client. Thread-safe. */
final class Api {

    static final JsonMapper JSON = new JsonMapper();

    private static final Duration TIMEOUT = Duration.ofSeconds(70);

    private final URI base;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    Api(URI base) {
        this.base = base;
    }

    HttpClient http() {
        return http;
    }

    /** A call to a path; {@code headers} are names and values in turn. */
    HttpRequest.Builder call(String path, String... headers) {
        HttpRequest.Builder call = HttpRequest.newBuilder(base.resolve(path)).timeout(TIMEOUT);
        return headers.length == 0 ? call : call.headers(headers);
    }

    <T> HttpResponse<T> send(HttpRequest.Builder call, HttpResponse.BodyHandler<T> handler) {
        try {
            return http.send(call.build(), handler);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    HttpResponse<byte[]> send(HttpRequest.Builder call) {
        return send(call, BodyHandlers.ofByteArray());
    }

    HttpResponse<byte[]> get(String path, String... headers) {
        return send(call(path, headers));
    }

    HttpResponse<byte[]> post(String path, byte[] body, String... headers) {
        return send(call(path, headers).POST(BodyPublishers.ofByteArray(body)));
    }

    HttpResponse<byte[]> postJson(String kind, String json, String... headers) {
        return send(call("/v1/requests/" + kind, headers)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json)));
    }

    HttpResponse<byte[]> cancel(String id) {
        return send(call(path(id) + "/cancel").POST(BodyPublishers.noBody()));
    }

    /** Submits and returns the id. */
    String submit(String kind, String json, String... headers) {
        return idOf(postJson(kind, json, headers));
    }

    /** Waits until a processor has offered this kind. */
    void awaitKind(String kind) {
        await(kind)
                .atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(text(get("/v1/kinds"))).contains("\"name\":\"" + kind + "\""));
    }

    JsonNode read(String id) {
        return json(get(path(id)));
    }

    /** Waits by long polls until the request is done; fails after three of them. */
    JsonNode awaitDone(String id) {
        JsonNode seen = read(id);
        for (int polls = 0; polls < 3 && !seen.path("done").asBoolean(); polls++) {
            seen = json(get(path(id) + "?wait=30"));
        }
        assertThat(seen.path("done").asBoolean()).as(seen.toString()).isTrue();
        return seen;
    }

    static String path(String id) {
        return "/v1/requests/" + id;
    }

    /** The id in a 202. */
    static String idOf(HttpResponse<byte[]> accepted) {
        assertThat(accepted.statusCode()).as(text(accepted)).isEqualTo(202);
        String location = header(accepted, "Location");
        return location.substring(location.lastIndexOf('/') + 1);
    }

    static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    static JsonNode json(HttpResponse<byte[]> answer) {
        return JSON.readTree(answer.body());
    }

    /** Checks that an answer is a whole problem document of this status and code, and returns it. */
    static JsonNode problem(HttpResponse<byte[]> answer, int status, String code) {
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(status);
        assertThat(header(answer, "Content-Type")).isEqualTo("application/problem+json");
        JsonNode problem = json(answer);
        assertThat(problem.path("code").asString()).isEqualTo(code);
        assertThat(problem.path("type").asString()).isEqualTo("/problems/" + code);
        assertThat(problem.path("title").asString()).isNotBlank();
        assertThat(problem.path("detail").asString()).isNotBlank();
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("retryable").isBoolean()).isTrue();
        assertThat(problem.path("traceId").asString()).matches("[0-9a-f]{32}");
        return problem;
    }
}
