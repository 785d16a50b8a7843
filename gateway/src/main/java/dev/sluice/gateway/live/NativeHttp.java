package dev.sluice.gateway.live;

import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The connection under an exchange, for what WebFlux does not offer: knowing when one write has reached the socket. Through its own API up
 * to 128 buffers of a slow client would wait in memory; here it is one.
 */
final class NativeHttp {

    /**
     * Hands the response over. WebFlux takes it as committed and writes nothing more, as it does for a WebSocket upgrade.
     */
    static Mono<HttpServerResponse> takeOver(ServerWebExchange exchange) {
        ServerHttpResponse response = exchange.getResponse();
        return response.setComplete()
                .then(Mono.fromSupplier(() -> ServerHttpResponseDecorator.getNativeResponse(response)));
    }

    private NativeHttp() {}
}
