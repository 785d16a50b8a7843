package dev.sluice.processor.http;

import dev.sluice.message.Failure;
import dev.sluice.message.Payload;
import dev.sluice.processor.handler.Context;
import dev.sluice.processor.handler.HandlerException;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.processor.handler.Work;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/**
 * Posts the payload to a URL; the answer is the result or the failure. Redirects are not followed. Thread-safe; as many
 * connections as its kind has tokens.
 */
public final class HttpHandler implements RequestHandler {

    /** Bytes of a result at most; an answer is not read beyond it. */
    static final int MAX_RESULT = 1024 * 1024;

    private static final int CONNECT_MS = 10_000;
    private static final Duration MAX_IDLE = Duration.ofSeconds(30);

    private final ConnectionProvider connections;
    private final HttpClient client;
    private final String url;
    private final Answers answers;

    /** @param maxConnections at once; further requests wait, as many again */
    public HttpHandler(HttpSettings settings, int maxConnections, Clock clock) {
        url = settings.url().toString();
        answers = new Answers(clock);
        connections = ConnectionProvider.builder("sluice-http-handler")
                .maxConnections(maxConnections)
                .pendingAcquireMaxCount(2 * maxConnections)
                .maxIdleTime(MAX_IDLE)
                .build();
        client = HttpClient.create(connections)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MS)
                .disableRetry(true); // a second post is the journal's decision
    }

    @Override
    public Mono<Payload> handle(Work work, Context context) {
        ByteBuf body = Unpooled.wrappedBuffer(work.payload().bytes());
        return client.headers(headers -> addHeaders(headers, work))
                .post()
                .uri(url)
                .send(Mono.just(body))
                .response(this::answer)
                .single()
                .onErrorMap(IOException.class, HttpHandler::unreachable)
                .onErrorMap(IllegalArgumentException.class, HttpHandler::unsendable);
    }

    @Override
    public void close() {
        connections.dispose();
    }

    private Mono<Payload> answer(HttpClientResponse response, ByteBufFlux content) {
        int status = response.status().code();
        if (status >= 200 && status < 300) {
            return BoundedBody.of(content, MAX_RESULT).map(bytes -> answers.result(response.responseHeaders(), bytes));
        }
        return BoundedBody.beginning(content, Answers.MAX_DETAIL_BYTES)
                .map(bytes -> answers.failure(status, response.responseHeaders(), bytes))
                .flatMap(Mono::error);
    }

    private static void addHeaders(HttpHeaders headers, Work work) {
        headers.set(HttpHeaderNames.CONTENT_TYPE, work.payload().contentType());
        headers.set("Idempotency-Key", work.id().toString());
        headers.set("Sluice-Attempt", work.attempt());
        if (work.traceparent() != null) {
            headers.set("traceparent", work.traceparent());
        }
    }

    private static HandlerException unreachable(IOException failure) {
        return new HandlerException.Transient(new Failure(
                "upstream-unreachable", "The target could not be reached or broke off", String.valueOf(failure)));
    }

    private static HandlerException unsendable(IllegalArgumentException failure) {
        return HandlerException.Permanent.invalid("It cannot be sent over HTTP: " + failure.getMessage());
    }
}
