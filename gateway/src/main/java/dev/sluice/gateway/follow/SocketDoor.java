package dev.sluice.gateway.follow;

import dev.sluice.gateway.read.FollowLimits;
import dev.sluice.gateway.read.Followers;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemType;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/** Decides whether a WebSocket may be opened, while the gateway can still answer with a refusal. */
final class SocketDoor {

    static final String PROTOCOL = "sluice.v1+json";

    private final Followers followers;
    private final FollowLimits limits;

    SocketDoor(Followers followers, FollowLimits limits) {
        this.followers = followers;
        this.limits = limits;
    }

    /**
     * Checks a handshake.
     *
     * @throws ProblemException if the subprotocol is not asked for, the origin may not connect, or there is no room for
     *     one more stream
     */
    void require(HttpHeaders headers) {
        requireProtocol(headers);
        requireOrigin(headers);
        followers.requireRoom();
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
                && !limits.allowedOrigins().contains(origin)) {
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
