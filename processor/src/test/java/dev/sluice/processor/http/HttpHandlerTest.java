package dev.sluice.processor.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.message.Payload;
import dev.sluice.processor.handler.HandlerException;
import dev.sluice.processor.handler.HandlerException.Permanent;
import dev.sluice.processor.handler.HandlerException.Transient;
import dev.sluice.processor.handler.RecordingContext;
import dev.sluice.processor.handler.TestAttempts;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

class HttpHandlerTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-01T10:00:00Z"), ZoneOffset.UTC);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private @Nullable DisposableServer server;
    private @Nullable HttpHandler handler;

    @AfterEach
    void stop() {
        if (handler != null) {
            handler.close();
        }
        if (server != null) {
            server.disposeNow();
        }
    }

    @Test
    void postsThePayloadAndTakesTheAnswerAsResult() {
        serve((request, response) -> request.receive()
                .aggregate()
                .asString()
                .flatMap(body -> response.header("Content-Type", "text/plain;charset=utf-8")
                        .sendString(Mono.just(String.join(
                                "|",
                                request.method().name(),
                                request.uri(),
                                request.requestHeaders().get("Content-Type"),
                                request.requestHeaders().get("Idempotency-Key"),
                                request.requestHeaders().get("Sluice-Attempt"),
                                request.requestHeaders().get("traceparent"),
                                body)))
                        .then()));

        Payload result = handled("{\"a\":1}");

        assertThat(result.contentType()).isEqualTo("text/plain;charset=utf-8");
        assertThat(new String(result.bytes(), StandardCharsets.UTF_8))
                .isEqualTo("POST|/slow|application/json|" + TestAttempts.ID
                        + "|1|00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01|{\"a\":1}");
    }

    @Test
    void takesAnEmptyAnswerAsAnEmptyResult() {
        serve((_, response) -> response.status(204).send());

        assertThat(handled("{}").size()).isZero();
    }

    @Test
    void tellsTransientAnswersFromPermanentOnes() {
        for (int status : new int[] {408, 425, 429, 500, 502, 503, 504}) {
            assertThat(failureOf(status)).as("%d", status).isInstanceOf(Transient.class);
        }
        for (int status : new int[] {301, 302, 400, 401, 404, 409, 410, 422}) {
            assertThat(failureOf(status)).as("%d", status).isInstanceOf(Permanent.class);
        }
    }

    @Test
    void keepsTheBeginningOfAFailuresBody() {
        serve((_, response) ->
                response.status(400).sendString(Flux.just("x".repeat(3_000)).repeat(1_000)));

        HandlerException failure = failure();

        assertThat(failure.failure().code()).isEqualTo("upstream-400");
        assertThat(failure.failure().detail()).isEqualTo("x".repeat(2_000));
    }

    @Test
    void honoursRetryAfterInSecondsAndAsDate() {
        assertThat(retryAfter("120")).isEqualTo(Duration.ofMinutes(2));
        assertThat(retryAfter("Sun, 01 Nov 2026 10:00:30 GMT")).isEqualTo(Duration.ofSeconds(30));
        assertThat(retryAfter("Sun, 01 Nov 2020 10:00:30 GMT")).isEqualTo(Duration.ZERO);
        assertThat(retryAfter("99999999999")).isEqualTo(Duration.ofDays(1));
        assertThat(retryAfter("soon")).isNull();
    }

    @Test
    void takesAResultAtTheLimitAndRefusesOneByteMore() {
        serve((_, response) -> response.sendByteArray(Mono.just(new byte[HttpHandler.MAX_RESULT])));
        assertThat(handled("{}").size()).isEqualTo(HttpHandler.MAX_RESULT);
        stop();

        serve((_, response) -> response.sendByteArray(Mono.just(new byte[HttpHandler.MAX_RESULT + 1])));
        assertThat(failure()).isInstanceOf(Permanent.class).hasMessageContaining("result-too-large");
    }

    @Test
    void stopsReadingAnEndlessAnswer() {
        Sinks.Empty<Void> closed = Sinks.empty();
        serve((_, response) -> response.withConnection(connection -> connection.onDispose(closed::tryEmitEmpty))
                .sendByteArray(Flux.just(new byte[10_000]).repeat()));

        assertThat(failure()).hasMessageContaining("result-too-large");
        closed.asMono().block(PATIENCE);
    }

    @Test
    void countsABrokenConnectionAsTransient() {
        serve((_, response) -> response.withConnection(Connection::dispose).send());

        assertThat(failure()).isInstanceOf(Transient.class).hasMessageContaining("upstream-unreachable");
    }

    @Test
    void countsAMissingServerAsTransient() {
        serve((_, response) -> response.send());
        Objects.requireNonNull(server).disposeNow();

        assertThat(failure()).isInstanceOf(Transient.class).hasMessageContaining("upstream-unreachable");
    }

    @Test
    void closesTheConnectionWhenItIsCancelled() {
        Sinks.Empty<Void> arrived = Sinks.empty();
        Sinks.Empty<Void> closed = Sinks.empty();
        serve((_, response) -> {
            response.withConnection(connection -> connection.onDispose(closed::tryEmitEmpty));
            arrived.tryEmitEmpty();
            return Mono.never();
        });
        var running = Objects.requireNonNull(handler)
                .handle(TestAttempts.of("{}"), new RecordingContext())
                .subscribe();
        arrived.asMono().block(PATIENCE);

        running.dispose();

        closed.asMono().block(PATIENCE);
    }

    @Test
    void refusesUrlsThatAreNoneOfHttp() {
        for (String url : new String[] {"ftp://host/", "file:///etc/passwd", "http:///x", "http://a:b@host/"}) {
            assertThatThrownBy(() -> new HttpSettings(URI.create(url)))
                    .as(url)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(url);
        }
    }

    private HandlerException failureOf(int status) {
        serve((_, response) ->
                response.status(status).header("Location", "/elsewhere").send());
        HandlerException failure = failure();
        assertThat(failure.failure().code()).isEqualTo("upstream-" + status);
        stop();
        return failure;
    }

    private @Nullable Duration retryAfter(String value) {
        serve((_, response) -> response.status(503).header("Retry-After", value).send());
        Duration retryAfter = ((Transient) failure()).retryAfter();
        stop();
        return retryAfter;
    }

    private HandlerException failure() {
        Throwable failure = Objects.requireNonNull(handler)
                .handle(TestAttempts.of("{}"), new RecordingContext())
                .<Throwable>map(result -> new AssertionError("succeeded with " + result))
                .onErrorResume(HandlerException.class, Mono::just)
                .block(PATIENCE);
        assertThat(failure).isInstanceOf(HandlerException.class);
        return (HandlerException) Objects.requireNonNull(failure);
    }

    private Payload handled(String json) {
        Payload result = Objects.requireNonNull(handler)
                .handle(TestAttempts.of(json), new RecordingContext())
                .block(PATIENCE);
        return Objects.requireNonNull(result);
    }

    private void serve(Answer answer) {
        DisposableServer started = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) ->
                        Flux.from(answer.answer(request, response)).then())
                .bindNow();
        server = started;
        handler =
                new HttpHandler(new HttpSettings(URI.create("http://127.0.0.1:" + started.port() + "/slow")), 4, CLOCK);
    }

    private interface Answer {
        Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response);
    }
}
