package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Followers of a stopping gateway are told that it stops, and to come back. */
@Timeout(120)
class StreamDrainIT {

    private static final int EACH = 20;

    @Test
    void saysGoodbyeToEverySocketAndStream() throws Exception {
        List<TestSocket> sockets = new ArrayList<>();
        List<RawConnection> streams = new ArrayList<>();
        try (GatewayProcess gateway = GatewayProcess.dev(Map.of(), "--data", "data")) {
            Api api = new Api(gateway.api());
            api.awaitKind("sleep");
            String id = api.submit("sleep", "{\"ms\":600000}");
            for (int i = 0; i < EACH; i++) {
                TestSocket socket = TestSocket.greeted(gateway);
                sockets.add(socket);
                socket.subscribe(id, 0);
                socket.next("event");
                RawConnection stream = new RawConnection(gateway.httpPort(), Duration.ofSeconds(30));
                streams.add(stream);
                stream.write(RawConnection.get(Api.path(id) + "/events"));
                assertThat(stream.hasNews(30_000)).isTrue();
            }

            gateway.terminate(Duration.ofSeconds(20));

            for (TestSocket socket : sockets) {
                assertThat(socket.closeCode()).isEqualTo(1012);
            }
            for (RawConnection stream : streams) {
                // The last chunk before the empty one that ends the body.
                assertThat(stream.rest()).matches("(?s).*\\r\\nretry: \\d+\\n\\n\\r\\n0\\r\\n\\r\\n");
            }
        } finally {
            sockets.forEach(TestSocket::close);
            for (RawConnection stream : streams) {
                stream.close();
            }
        }
    }
}
