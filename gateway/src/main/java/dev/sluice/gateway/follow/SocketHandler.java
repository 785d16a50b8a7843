package dev.sluice.gateway.follow;

import dev.sluice.gateway.client.Clients;
import dev.sluice.gateway.read.Followers;
import dev.sluice.gateway.read.RequestLookup;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.web.Answer;
import dev.sluice.gateway.web.NativeResponse;
import dev.sluice.gateway.web.StreamingAnswer;
import dev.sluice.gateway.web.WebSocketHandshake;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/** {@code GET /v1/ws}: the upgrade, and the life of a socket. */
public final class SocketHandler {

    /** Frames that are worked on at once: submits wait for their commit. */
    private static final int MAX_CONCURRENT = 64;

    private static final int ABANDON_S = 5;
    private static final Duration HELLO_TIMEOUT = Duration.ofSeconds(5);
    /**
     * Above the limit of the session, so that a frame a little too big is answered 4413. The decoder cuts off a bigger
     * one with 1009.
     */
    private static final int DECODER_BYTES = 2 * SocketSession.MAX_FRAME_BYTES;

    private static final WebsocketServerSpec SPEC = WebsocketServerSpec.builder()
            .protocols(SocketDoor.PROTOCOL)
            .maxFramePayloadLength(DECODER_BYTES)
            .build();

    private final SocketDoor door;
    private final Followers followers;
    private final RequestLookup requests;
    private final SocketCalls calls;
    private final UnwrittenAnswers unwritten;
    private final Scheduler scheduler;

    public SocketHandler(
            SocketDoor door,
            Followers followers,
            RequestLookup requests,
            SocketCalls calls,
            UnwrittenAnswers unwritten,
            Scheduler scheduler) {
        this.door = door;
        this.followers = followers;
        this.requests = requests;
        this.calls = calls;
        this.unwritten = unwritten;
        this.scheduler = scheduler;
    }

    /** Upgrades, or answers with the reason why not. */
    public Mono<ServerResponse> connect(ServerRequest http) {
        HttpHeaders headers = http.headers().asHttpHeaders();
        Answer refusal = WebSocketHandshake.refusal(http);
        if (refusal != null) {
            return Mono.just(refusal);
        }
        door.require(headers);
        Client client = Clients.of(http);
        return Mono.just(new StreamingAnswer(
                101, exchange -> NativeResponse.takeOver(exchange).flatMap(response -> upgrade(response, client))));
    }

    private Mono<Void> upgrade(HttpServerResponse response, Client client) {
        return response.sendWebsocket((in, out) -> converse(in, out, client), SPEC);
    }

    private Mono<Void> converse(WebsocketInbound in, WebsocketOutbound out, Client client) {
        SocketOutbox outbox = new SocketOutbox(unwritten);
        return Mono.using(
                () -> followers.open(client, () -> abandon(out)),
                follower -> {
                    SocketSession session = new SocketSession(client, calls, follower, outbox);
                    Mono<Void> writing = new SocketWriter(follower, outbox, requests, out).write();
                    return Mono.firstWithSignal(reading(in, session, outbox), writing, greeting(session));
                },
                follower -> {
                    follower.close();
                    outbox.end();
                });
    }

    /**
     * Ends when the client does, and never by the gateway's own close. Reactor Netty completes the inbound frames
     * before the close frame is written, if another thread than the connection's sends it. Ending then would cancel the
     * writing, which releases the frame, and the client would find the connection cut.
     */
    private static Mono<Void> reading(WebsocketInbound in, SocketSession session, SocketOutbox outbox) {
        return in.aggregateFrames(DECODER_BYTES)
                .receiveFrames()
                .filter(frame -> !(frame instanceof PongWebSocketFrame)) // the answer to the gateway's sign of life
                .map(SocketHandler::textOf)
                .flatMap(text -> session.take(text.orElse(null)), MAX_CONCURRENT, 1)
                .then(Mono.defer(() -> outbox.close() == null ? Mono.<Void>empty() : Mono.never()))
                .onErrorResume(
                        TooLongFrameException.class,
                        _ -> session.close(CloseCode.TOO_BIG).then(Mono.never()));
    }

    /** Never ends; closes a socket whose hello is late. */
    private Mono<Void> greeting(SocketSession session) {
        return Mono.delay(HELLO_TIMEOUT, scheduler)
                .flatMap(_ -> session.isGreeted() ? Mono.empty() : session.close(CloseCode.NO_HELLO))
                .then(Mono.never());
    }

    /** The frame's bytes; empty unless it is text. */
    private static Optional<byte[]> textOf(WebSocketFrame frame) {
        return frame instanceof TextWebSocketFrame
                ? Optional.of(ByteBufUtil.getBytes(frame.content()))
                : Optional.empty();
    }

    /**
     * Closes a socket whose client has not read for too long. The close frame waits behind the unread bytes; after
     * {@value #ABANDON_S} s the connection is cut.
     */
    private static void abandon(WebsocketOutbound out) {
        out.withConnection(connection -> {
            Channel channel = connection.channel();
            ChannelFuture _ = channel.writeAndFlush(
                            new CloseWebSocketFrame(CloseCode.TOO_SLOW.code(), CloseCode.TOO_SLOW.reason()))
                    .addListener(ChannelFutureListener.CLOSE);
            ScheduledFuture<?> _ = channel.eventLoop().schedule(connection::dispose, ABANDON_S, TimeUnit.SECONDS);
        });
    }
}
