package dev.sluice.gateway.web;

import java.time.Duration;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import reactor.netty.http.server.HttpServer;

/**
 * The limits of the server itself: what is refused before any handler sees it.
 *
 * <p>Reactor Netty's own time-outs of reading are left off. The one for the whole call is never stopped when a call becomes a WebSocket,
 * and the one between two reads starts anew with each byte; {@link HeadTimeout} and {@link BodyBytes} bound the whole.
 */
final class HttpLimits implements NettyServerCustomizer {

    /** A payload of 16 KiB as a parameter still fits. */
    private static final int REQUEST_LINE = 32 * 1024;

    private static final int HEADERS = 16 * 1024;

    private final Duration headTimeout;
    private final Duration idleTimeout;

    HttpLimits(Duration headTimeout, Duration idleTimeout) {
        this.headTimeout = headTimeout;
        this.idleTimeout = idleTimeout;
    }

    @Override
    public HttpServer apply(HttpServer server) {
        return server.httpRequestDecoder(decoder -> decoder.maxInitialLineLength(REQUEST_LINE)
                        .maxHeaderSize(HEADERS)
                        .validateHeaders(true))
                .doOnChannelInit((_, channel, _) -> channel.pipeline().addFirst(new HeadTimeout(headTimeout)))
                .idleTimeout(idleTimeout);
    }
}
