package dev.sluice.gateway.web;

import io.netty.channel.ChannelOption;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The connection under an exchange, because WebFlux does not tell when one write has reached the socket. WebFlux's own
 * API would keep up to 128 buffers of a slow client in memory; here it is one.
 */
public final class NativeResponse {

    /**
     * The bytes that the kernel may keep for a client that does not read; its default would take some megabytes before
     * the gateway notices.
     */
    private static final int SEND_BUFFER_BYTES = 64 * 1024;

    /**
     * Hands the response over for a stream. WebFlux takes it as committed and writes nothing more, as it does for a
     * WebSocket upgrade.
     */
    public static Mono<HttpServerResponse> takeOver(ServerWebExchange exchange) {
        ServerHttpResponse response = exchange.getResponse();
        return response.setComplete().then(Mono.fromSupplier(() -> bounded(response)));
    }

    private static HttpServerResponse bounded(ServerHttpResponse response) {
        HttpServerResponse bare = ServerHttpResponseDecorator.getNativeResponse(response);
        bare.withConnection(
                connection -> connection.channel().config().setOption(ChannelOption.SO_SNDBUF, SEND_BUFFER_BYTES));
        return bare;
    }

    private NativeResponse() {}
}
