package dev.sluice.gateway.live;

import dev.sluice.gateway.intake.Clients;
import dev.sluice.gateway.intake.Intake;
import dev.sluice.gateway.web.Answer;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemMapper;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.gateway.web.TraceIds;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

    static final String PROTOCOL = "sluice.v1+json";

    /** Frames that are worked on at once: submits wait for their commit. */
    private static final int MAX_CONCURRENT = 64;

    private static final int ABANDON_S = 5;
    private static final Duration HELLO_TIMEOUT = Duration.ofSeconds(5);
    /** Above our own limit, so that a frame a little too big is answered 4413; a bigger one is cut off by the decoder with 1009. */
    private static final int DECODER_BYTES = 2 * SocketSession.MAX_FRAME_BYTES;

    private static final WebsocketServerSpec SPEC = WebsocketServerSpec.builder()
            .protocols(PROTOCOL)
            .maxFramePayloadLength(DECODER_BYTES)
            .build();

    private final Watches watches;
    private final Requests requests;
    private final Intake intake;
    private final Cancellation cancellation;
    private final ProblemMapper problems;
    private final SocketSettings settings;

    /** What a socket needs besides its parts. */
    public record SocketSettings(LiveLimits limits, Scheduler scheduler) {}

    public SocketHandler(
            Watches watches,
            Requests requests,
            Intake intake,
            Cancellation cancellation,
            ProblemMapper problems,
            SocketSettings settings) {
        this.watches = watches;
        this.requests = requests;
        this.intake = intake;
        this.cancellation = cancellation;
        this.problems = problems;
        this.settings = settings;
    }

    /** Upgrades, or says why not. */
    public Mono<ServerResponse> connect(ServerRequest http) {
        HttpHeaders headers = http.headers().asHttpHeaders();
        if (!"websocket".equalsIgnoreCase(headers.getUpgrade()) || headers.getFirst("Sec-WebSocket-Key") == null) {
            Problem problem = new Problem(ProblemType.BAD_REQUEST, "This path speaks WebSocket only");
            return Mono.just(Answer.problem(problem, TraceIds.of(headers.getFirst("traceparent")))
                    .header("Upgrade", "websocket"));
        }
        requireProtocol(headers);
        requireOrigin(headers);
        watches.requireRoom();
        String client = Clients.of(http);
        return Mono.just(new Streaming(
                101, exchange -> NativeHttp.takeOver(exchange).flatMap(response -> upgrade(response, client))));
    }

    private Mono<Void> upgrade(HttpServerResponse response, String client) {
        return response.sendWebsocket((in, out) -> converse(in, out, client), SPEC);
    }

    private Mono<Void> converse(WebsocketInbound in, WebsocketOutbound out, String client) {
        SocketOutbox outbox = new SocketOutbox(watches.unread());
        return Mono.using(
                () -> watches.open(client, () -> abandon(out)),
                follower -> {
                    SocketSession session = new SocketSession(client, intake, cancellation, problems, follower, outbox);
                    Mono<Void> writing = new SocketWriter(follower, outbox, requests, out).write();
                    return Mono.firstWithSignal(reading(in, session, outbox), writing, greeting(session));
                },
                follower -> {
                    follower.close();
                    outbox.end();
                });
    }

    /**
     * Ends when the client does, and never by our own close: Reactor Netty completes what is received before the close frame is
     * written, when it is sent from another thread than the connection's. Ending then would cancel the writing, which releases the
     * frame, and the client would find the connection cut.
     */
    private static Mono<Void> reading(WebsocketInbound in, SocketSession session, SocketOutbox outbox) {
        return in.aggregateFrames(DECODER_BYTES)
                .receiveFrames()
                .filter(frame -> !(frame instanceof PongWebSocketFrame)) // the answer to our sign of life
                .map(SocketHandler::textOf)
                .flatMap(text -> session.take(text.orElse(null)), MAX_CONCURRENT, 1)
                .then(Mono.defer(() -> outbox.close() == null ? Mono.<Void>empty() : Mono.never()))
                .onErrorResume(
                        TooLongFrameException.class,
                        _ -> session.close(CloseCode.TOO_BIG).then(Mono.never()));
    }

    /** Never ends; asks for a hello that is late. */
    private Mono<Void> greeting(SocketSession session) {
        return Mono.delay(HELLO_TIMEOUT, settings.scheduler())
                .flatMap(_ -> session.isGreeted() ? Mono.empty() : session.close(CloseCode.NO_HELLO))
                .then(Mono.never());
    }

    /** The frame's bytes; nothing if it is no text. */
    private static Optional<byte[]> textOf(WebSocketFrame frame) {
        return frame instanceof TextWebSocketFrame
                ? Optional.of(ByteBufUtil.getBytes(frame.content()))
                : Optional.empty();
    }

    /** Its client has not read for too long: the close waits behind what it did not read, for a while. */
    private static void abandon(WebsocketOutbound out) {
        out.withConnection(connection -> {
            Channel channel = connection.channel();
            ChannelFuture _ = channel.writeAndFlush(
                            new CloseWebSocketFrame(CloseCode.TOO_SLOW.code(), CloseCode.TOO_SLOW.reason()))
                    .addListener(ChannelFutureListener.CLOSE);
            ScheduledFuture<?> _ = channel.eventLoop().schedule(connection::dispose, ABANDON_S, TimeUnit.SECONDS);
        });
    }

    private static void requireProtocol(HttpHeaders headers) {
        for (String header : headers.getOrEmpty("Sec-WebSocket-Protocol")) {
            if (List.of(header.split("\\s*,\\s*")).contains(PROTOCOL)) {
                return;
            }
        }
        throw new Problem(ProblemType.BAD_REQUEST, "Ask for the subprotocol " + PROTOCOL).toException();
    }

    /** A page of another site must not speak for the browser's user. Programs send no origin. */
    private void requireOrigin(HttpHeaders headers) {
        String origin = headers.getOrigin();
        if (origin != null
                && !isOurs(origin, headers.getFirst(HttpHeaders.HOST))
                && !settings.limits().allowedOrigins().contains(origin)) {
            throw new Problem(ProblemType.FORBIDDEN, "This origin may not connect").toException();
        }
    }

    private static boolean isOurs(String origin, @Nullable String host) {
        try {
            String authority = URI.create(origin).getRawAuthority();
            return host != null
                    && authority != null
                    && authority.toLowerCase(Locale.ROOT).equals(host.toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
