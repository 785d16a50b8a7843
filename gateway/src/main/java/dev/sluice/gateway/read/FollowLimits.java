package dev.sluice.gateway.read;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The limits of following requests, {@code sluice.live}.
 *
 * @param maxStreams streams, sockets and long polls of this gateway together, 1 to 1,000,000; one more is refused with
 *     503
 * @param heartbeat the silence after which a stream gets a sign of life, 1 s to 60 s
 * @param stallTimeout how long one write may take before the stream is closed as too slow, 1 s to 5 min
 * @param reread the pause between two looks at all followed requests, in case an announcement was lost, 100 ms to 60 s
 * @param allowedOrigins web origins besides the gateway's own from which a browser may open a WebSocket, as {@code
 *     https://host[:port]}
 */
@ConfigurationProperties("sluice.live")
public record FollowLimits(
        @DefaultValue("20000") int maxStreams,
        @DefaultValue("15s") Duration heartbeat,
        @DefaultValue("30s") Duration stallTimeout,
        @DefaultValue("2s") Duration reread,
        @DefaultValue List<String> allowedOrigins) {

    private static final int MOST_STREAMS = 1_000_000;

    public FollowLimits {
        if (maxStreams < 1 || maxStreams > MOST_STREAMS) {
            throw new IllegalArgumentException(
                    "sluice.live.max-streams must be 1 to " + MOST_STREAMS + ", was " + maxStreams);
        }
        between("heartbeat", heartbeat, Duration.ofSeconds(1), Duration.ofSeconds(60));
        between("stall-timeout", stallTimeout, Duration.ofSeconds(1), Duration.ofMinutes(5));
        between("reread", reread, Duration.ofMillis(100), Duration.ofSeconds(60));
        allowedOrigins = List.copyOf(allowedOrigins);
    }

    private static void between(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(
                    "sluice.live." + key + " must be " + min + " to " + max + ", was " + value);
        }
    }
}
