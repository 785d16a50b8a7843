package dev.sluice.gateway;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client that only listens and gets no events. */
@Timeout(120)
class IdleSocketIT {

    /** So many pings last longer than the time-outs of a write and of a hello, which must not end this socket. */
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
