package dev.sluice.gateway.follow;

import dev.sluice.gateway.read.Follower;
import dev.sluice.gateway.read.NextStep;
import dev.sluice.gateway.read.RequestLookup;
import dev.sluice.gateway.request.EventPage;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.websocket.WebsocketOutbound;

/** The writing side of one socket: answers first, then a page of events where there is credit, one write at a time. */
final class SocketWriter {

    private final Follower follower;
    private final SocketOutbox outbox;
    private final RequestLookup requests;
    private final WebsocketOutbound out;
    private boolean finished;

    SocketWriter(Follower follower, SocketOutbox outbox, RequestLookup requests, WebsocketOutbound out) {
        this.follower = follower;
        this.outbox = outbox;
        this.requests = requests;
        this.out = out;
    }

    /** Writes until the socket is to be closed, then closes it. */
    Mono<Void> write() {
        return Mono.defer(this::step).repeat(() -> !finished).then();
    }

    private Mono<Void> step() {
        return follower.next(outbox.demand() > 0).flatMap(this::take).then(Mono.defer(this::answers));
    }

    private Mono<Void> take(NextStep step) {
        return switch (step) {
            case NextStep.News news ->
                follower.read(news.id(), outbox.demand())
                        .map(this::framesOf)
                        .switchIfEmpty(Mono.fromSupplier(() -> missing(news)))
                        .flatMap(this::send);
            case NextStep.Idle _ ->
                Mono.defer(() -> out.sendObject(new PingWebSocketFrame()).then());
            case NextStep.Nudged _ -> Mono.empty();
            case NextStep.Closing _ -> {
                outbox.closeFor(CloseCode.RESTARTING);
                yield Mono.empty();
            }
        };
    }

    private List<byte[]> framesOf(EventPage page) {
        outbox.spend(page.events().size());
        if (SseFrames.isEnd(page)) {
            follower.unfollow(page.id());
        }
        return ServerFrames.page(page);
    }

    /** The answer for a request that this client does not have; empty if the page only has to wait. */
    private List<byte[]> missing(NextStep.News news) {
        if (follower.awaitsReread(news.id()) || !follower.follows(news.id())) {
            return List.of();
        }
        follower.unfollow(news.id());
        return List.of(ServerFrames.problem("", requests.missing(news.id()).problem()));
    }

    private Mono<Void> answers() {
        return send(outbox.answers()).then(Mono.defer(this::closeIfAsked));
    }

    private Mono<Void> closeIfAsked() {
        CloseCode reason = outbox.close();
        if (reason == null) {
            return Mono.empty();
        }
        finished = true;
        return out.sendClose(reason.code(), reason.reason());
    }

    private Mono<Void> send(List<byte[]> frames) {
        if (frames.isEmpty()) {
            return Mono.empty();
        }
        return Mono.defer(() -> out.sendObject(Flux.fromIterable(frames).map(SocketWriter::text))
                .then());
    }

    private static WebSocketFrame text(byte[] json) {
        return new TextWebSocketFrame(Unpooled.wrappedBuffer(json));
    }
}
