package dev.sluice.gateway.follow;

import dev.sluice.gateway.read.Follower;
import dev.sluice.gateway.read.NextStep;
import dev.sluice.gateway.request.RequestView;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.server.HttpServerResponse;

/** One stream of Server-Sent Events: a step, a write, the next step. At most one page is in memory. */
final class SseStream {

    private final Follower follower;
    private final HttpServerResponse response;
    private boolean finished;

    SseStream(Follower follower, HttpServerResponse response) {
        this.follower = follower;
        this.response = response;
    }

    /**
     * Writes until the request's log has ended, the gateway stops or the client is gone.
     *
     * @param after the seq that the client has, or -1 to continue from the snapshot
     */
    Mono<Void> write(RequestView view, int after) {
        int seq = view.snapshot().seq();
        // A seq beyond the snapshot is not in the log yet: the stream then goes on from the snapshot.
        follower.knows(view.snapshot().id(), after < 0 ? seq : Math.min(after, seq));
        response.header(HttpHeaderNames.CONTENT_TYPE, "text/event-stream;charset=UTF-8")
                .header(HttpHeaderNames.CACHE_CONTROL, "no-cache")
                .header("X-Accel-Buffering", "no");
        return response.sendHeaders()
                .then()
                .then(send(SseFrames.opening(view, after < 0)))
                .then(Mono.defer(this::step).repeat(() -> !finished).then());
    }

    private Mono<Void> step() {
        return follower.next(true).flatMap(this::take);
    }

    private Mono<Void> take(NextStep step) {
        return switch (step) {
            case NextStep.News news ->
                follower.read(news.id(), Follower.MAX_PAGE_EVENTS).flatMap(page -> {
                    finished = SseFrames.isEnd(page);
                    byte[] frames = SseFrames.page(page);
                    return frames.length == 0 ? Mono.empty() : send(frames);
                });
            case NextStep.Idle _ -> send(SseFrames.HEARTBEAT);
            case NextStep.Nudged _ -> Mono.empty();
            case NextStep.Closing _ -> {
                finished = true;
                yield send(SseFrames.retry().getBytes(StandardCharsets.US_ASCII));
            }
        };
    }

    /**
     * Completes when the socket has taken the bytes. A Flux, because a single object would be sent as the whole body.
     */
    private Mono<Void> send(byte[] frames) {
        return Mono.defer(
                () -> response.send(Flux.just(Unpooled.wrappedBuffer(frames))).then());
    }

    /** Closes a connection whose client does not read. */
    static void abandon(HttpServerResponse response) {
        response.withConnection(Connection::dispose);
    }
}
