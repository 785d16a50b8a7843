package dev.sluice.gateway;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client that only listens, and to which nothing happens. */
@Timeout(120)
class IdleSocketIT {

    /** Longer than a write may take and longer than a hello is waited for: neither is what it does. */
    private static final int PINGS = 7;

    @Test
    void livesOnWhileItsClientAnswersPings() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.dev(
                        Map.of("SLUICE_LIVE_HEARTBEAT", "1s", "SLUICE_LIVE_STALL_TIMEOUT", "2s"), "--data", "data");
                TestSocket socket = TestSocket.greeted(gateway)) {
            socket.awaitPings(PINGS);

            socket.say("{\"type\":\"ping\"}");
            socket.next("pong");
            gateway.terminate(Duration.ofSeconds(20));
        }
    }
}
