package dev.sluice.gateway.web;

import dev.sluice.gateway.web.defect.BodyBreaker;
import dev.sluice.gateway.web.defect.DefectDetector;
import dev.sluice.gateway.web.defect.DefectMetrics;
import io.netty.channel.ChannelPipeline;
import java.time.Duration;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

/**
 * The limits of the server itself. It refuses calls beyond them before any handler sees them.
 *
 * <p>Reactor Netty's own time-outs of reading are left off. The one for the whole call is never stopped when a call
 * becomes a WebSocket, and the one between two reads starts anew with each byte; {@link HeadTimeout} and {@link
 * BodyBytes} bound the whole.
 */
public final class HttpLimits implements NettyServerCustomizer {

    /** A payload of 16 KiB as a parameter still fits. */
    private static final int REQUEST_LINE = 32 * 1024;

    private static final int HEADERS = 16 * 1024;

    private final Duration headTimeout;
    private final Duration idleTimeout;
    private final DefectDetector detector;

    HttpLimits(Duration headTimeout, Duration idleTimeout, DefectMetrics metrics) {
        this.headTimeout = headTimeout;
        this.idleTimeout = idleTimeout;
        this.detector = new DefectDetector(metrics);
    }

    @Override
    public HttpServer apply(HttpServer server) {
        return server.httpRequestDecoder(decoder -> decoder.maxInitialLineLength(REQUEST_LINE)
                        .maxHeaderSize(HEADERS)
                        .validateHeaders(true))
                .doOnChannelInit((_, channel, _) -> addTo(channel.pipeline()))
                .idleTimeout(idleTimeout);
    }

    private void addTo(ChannelPipeline pipeline) {
        pipeline.addFirst(new HeadTimeout(headTimeout))
                .addBefore(NettyPipeline.HttpTrafficHandler, "sluice.defects", detector)
                .addAfter(NettyPipeline.HttpTrafficHandler, "sluice.bodies", new BodyBreaker());
    }
}
