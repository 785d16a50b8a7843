package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * A caller that sends a byte now and then holds a connection for the configured time and no longer; a caller that
 * listens may be silent. Each of these bytes comes well within every time-out, so that only a bound of the whole ends
 * the call.
 */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the programs of SlowCallerIT") // one test after the other
class SlowCallerIT {

    private static final int DRIBBLE_MS = 100;
    /**
     * Five times as long as the limits of head and body here, and shorter than the idle time-out, so that the idle
     * time-out cannot end the call.
     */
    private static final int DRIBBLES = 50;

    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final String THUMBNAIL = "/v1/requests/thumbnail";

    private GatewayProcess gateway;

    @BeforeAll
    void start() {
        gateway = GatewayProcess.dev(
                Map.of(
                        "SLUICE_HTTP_HEAD_TIMEOUT", "1s",
                        "SLUICE_HTTP_BODY_TIMEOUT", "1s",
                        "SLUICE_HTTP_IDLE_TIMEOUT", "7s"),
                "--data",
                "data");
        new Api(gateway.api()).awaitKind("thumbnail");
    }

    @AfterAll
    void stop() {
        gateway.terminate(Duration.ofSeconds(20));
        gateway.close();
    }

    @Test
    void refusesABodyThatDribblesAndStoresNothing() throws IOException {
        try (RawConnection connection = connect()) {
            connection.write(RawConnection.post(THUMBNAIL, DRIBBLES));

            assertThat(dribbled(connection, "1")).isLessThan(DRIBBLES);
            assertTimedOut(connection);
        }
        new Api(gateway.api()).submit("echo", "{}");
        assertThat(gateway.metrics())
                .contains("sluice_requests_accepted_total{kind=\"echo\"}")
                .doesNotContain("sluice_requests_accepted_total{kind=\"thumbnail\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/requests/thumbnail", "/v1/requests/thumbnail?payload=e30"})
    void refusesChunksThatDribble(String path) throws IOException {
        try (RawConnection connection = connect()) {
            connection.write(RawConnection.postChunked(path));

            // The size of a chunk in ever more digits: bytes, and yet no content.
            assertThat(dribbled(connection, "0")).isLessThan(DRIBBLES);
            assertTimedOut(connection);
        }
    }

    @Test
    void refusesABodyThatNeverComes() throws IOException {
        try (RawConnection connection = connect()) {
            connection.write(RawConnection.post(THUMBNAIL, DRIBBLES));

            assertTimedOut(connection);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET /v1/kinds HTTP/1.1\r\nHost: sluice\r\n\r\n"})
    void closesOnAHeadThatDribbles(String callBefore) throws IOException {
        try (RawConnection connection = connect()) {
            if (!callBefore.isEmpty()) {
                connection.write(callBefore);
                assertThat(connection.read().status()).isEqualTo(200);
            }
            connection.write("GET /v1/kinds HTTP/1.1\r\nHost: sluice\r\nX-Slow: ");

            assertThat(dribbled(connection, "x")).isLessThan(DRIBBLES);
            assertThat(connection.isEnded((int) ANSWER.toMillis())).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /v1/requests/no-such-kind",
                "POST /v1/requests/req_00000000-0000-7000-8000-000000000000/cancel",
                "PUT /v1/kinds",
                "GET /v1/kinds",
                "POST /nothing"
            })
    void closesOnABodyThatDribblesBehindItsAnswer(String call) throws IOException {
        try (RawConnection connection = connect()) {
            connection.write(call + " HTTP/1.1\r\nHost: sluice\r\nContent-Length: " + DRIBBLES + "\r\n\r\n");
            assertThat(connection.read().status()).isNotEqualTo(408);

            assertThat(dribbled(connection, "1")).isLessThan(DRIBBLES);
            assertThat(connection.isEnded((int) ANSWER.toMillis())).isTrue();
        }
    }

    @Test
    void closesAConnectionThatMakesNoCall() throws IOException {
        try (RawConnection connection = connect()) {
            connection.write(RawConnection.get("/v1/kinds"));
            assertThat(connection.read().status()).isEqualTo(200);

            assertThat(connection.isEnded((int) ANSWER.toMillis())).isTrue();
        }
    }

    /** The socket is silent for longer than any limit here, because the work itself takes the time. */
    @Test
    void letsASocketListenForAsLongAsItLikes() throws Exception {
        try (TestSocket socket = TestSocket.greeted(gateway)) {
            String id = socket.submit("mine", "sleep", "{\"ms\":10000}");
            socket.say("{\"type\":\"credit\",\"n\":1}");
            socket.subscribe(id, 0);
            socket.next("event");

            new Api(gateway.api()).awaitDone(id);

            socket.say("{\"type\":\"ping\"}");
            socket.next("pong");
        }
    }

    /** Sends one byte after the other until something comes back; returns how many went. */
    private static int dribbled(RawConnection connection, String piece) throws IOException {
        int sent = 0;
        while (sent < DRIBBLES && !hasEndedOrAnswered(connection)) {
            try {
                connection.write(piece);
            } catch (SocketException _) {
                return sent;
            }
            sent++;
        }
        return sent;
    }

    private static boolean hasEndedOrAnswered(RawConnection connection) throws IOException {
        try {
            return connection.hasNews(DRIBBLE_MS);
        } catch (SocketException _) {
            return true;
        }
    }

    private static void assertTimedOut(RawConnection connection) throws IOException {
        RawConnection.Answer answer = connection.read();
        JsonNode problem = Api.JSON.readTree(answer.body());
        assertThat(answer.status()).isEqualTo(408);
        assertThat(problem.path("code").asString()).isEqualTo("body-timeout");
        assertThat(answer.headers()).containsEntry("connection", "close");
        assertThat(connection.isEnded((int) ANSWER.toMillis())).isTrue();
    }

    private RawConnection connect() throws IOException {
        return new RawConnection(gateway.httpPort(), ANSWER);
    }
}
