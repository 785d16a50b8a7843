package dev.sluice.gateway.web;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * Whether a call asks for a WebSocket as RFC 6455 says. Netty would check it only when an answer is no longer possible.
 */
public final class WebSocketHandshake {

    private static final String VERSION = "13";
    /** 16 bytes in base64. */
    private static final int KEY_LENGTH = 24;

    /** The answer to a call that must not be upgraded; null if it may. */
    public static @Nullable Answer refusal(ServerRequest http) {
        HttpHeaders headers = http.headers().asHttpHeaders();
        if (!http.method().equals(HttpMethod.GET) || !asksForUpgrade(headers) || !hasKey(headers)) {
            return answer(headers, new Problem(ProblemType.BAD_REQUEST, "This path speaks WebSocket only"));
        }
        if (!VERSION.equals(headers.getFirst("Sec-WebSocket-Version"))) {
            return answer(headers, new Problem(ProblemType.UPGRADE_REQUIRED, "Sec-WebSocket-Version must be 13"))
                    .header("Sec-WebSocket-Version", VERSION);
        }
        return null;
    }

    private static Answer answer(HttpHeaders headers, Problem problem) {
        return Answer.problem(problem, TraceIds.of(headers.getFirst("traceparent")))
                .header("Upgrade", "websocket");
    }

    private static boolean asksForUpgrade(HttpHeaders headers) {
        if (!"websocket".equalsIgnoreCase(headers.getUpgrade())) {
            return false;
        }
        for (String header : headers.getOrEmpty(HttpHeaders.CONNECTION)) {
            if (List.of(header.toLowerCase(Locale.ROOT).split("\\s*,\\s*")).contains("upgrade")) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasKey(HttpHeaders headers) {
        String key = headers.getFirst("Sec-WebSocket-Key");
        return key != null && key.length() == KEY_LENGTH;
    }

    private WebSocketHandshake() {}
}
