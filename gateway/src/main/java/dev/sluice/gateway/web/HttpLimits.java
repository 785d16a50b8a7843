package dev.sluice.gateway.web;

import java.time.Duration;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import reactor.netty.http.server.HttpServer;

/** The limits of the server itself: what is refused before any handler sees it. */
public final class HttpLimits implements NettyServerCustomizer {

    /** A payload of 16 KiB as a parameter still fits. */
    private static final int REQUEST_LINE = 32 * 1024;

    private static final int HEADERS = 16 * 1024;
    /** Between two pieces of a body, and before the first byte of a connection's next call. */
    private static final Duration READ = Duration.ofSeconds(10);

    private static final Duration IDLE = Duration.ofSeconds(60);

    @Override
    public HttpServer apply(HttpServer server) {
        return server.httpRequestDecoder(decoder -> decoder.maxInitialLineLength(REQUEST_LINE)
                        .maxHeaderSize(HEADERS)
                        .validateHeaders(true))
                .readTimeout(READ)
                .idleTimeout(IDLE);
    }
}
