package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A call that cannot be read gets a problem document on either port, is counted, and leaves nothing in the log. */
@Timeout(120)
class DefectiveCallIT {

    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final String HOST = " HTTP/1.1\r\nHost: sluice\r\n";
    private static final String HANDSHAKE =
            "/v1/ws HTTP/1.1\r\nHost: sluice\r\nSec-WebSocket-Protocol: sluice.v1+json\r\n";
    private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private static final String UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    private static final String VERSION = "Sec-WebSocket-Version: 13\r\n";

    private final GatewayProcess gateway = SharedGateway.process();
    private int errors;
    private int warnings;

    @BeforeEach
    void readLog() {
        errors = gateway.logged("ERROR").size();
        warnings = gateway.logged("WARN").size();
    }

    @AfterEach
    void logsNothing() {
        assertThat(gateway.logged("ERROR").stream().skip(errors)).isEmpty();
        assertThat(gateway.logged("WARN").stream().skip(warnings)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /v1/kinds", "POST /v1/requests/echo", "GET /console/", "GET /nothing"})
    void refusesAContentTypeThatBeginsWithAQuote(String call) throws IOException {
        String head = call + HOST + "Content-Type: \"a/b\"\r\n\r\n";

        assertProblem(gateway.httpPort(), head, 415, "unsupported-media-type");
        assertProblem(gateway.managementPort(), head, 415, "unsupported-media-type");
    }

    @ParameterizedTest
    @ValueSource(strings = {"en", "text/html;q=2", "\"a/b\"", "a/b;c=\"", "/", "text/html;q=x", "*/json"})
    void refusesAnAcceptThatNamesNoMediaTypes(String accept) throws IOException {
        String events = "GET /v1/requests/req_00000000-0000-7000-8000-000000000000/events" + HOST;
        String health = "GET /actuator/health" + HOST;

        assertProblem(gateway.httpPort(), events + "Accept: " + accept + "\r\n\r\n", 406, "not-acceptable");
        assertProblem(gateway.managementPort(), health + "Accept: " + accept + "\r\n\r\n", 406, "not-acceptable");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET " + HANDSHAKE + KEY + VERSION + "Upgrade: websocket\r\n",
                "GET " + HANDSHAKE + KEY + VERSION + "Connection: Upgrade\r\n",
                "GET " + HANDSHAKE + VERSION + UPGRADE,
                "GET " + HANDSHAKE + VERSION + UPGRADE + "Sec-WebSocket-Key: short\r\n"
            })
    void refusesWhatIsNoHandshake(String head) throws IOException {
        RawConnection.Answer answer = assertProblem(gateway.httpPort(), head + "\r\n", 400, "bad-request");

        assertThat(answer.headers()).containsEntry("upgrade", "websocket");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Sec-WebSocket-Version: 12\r\n", "Sec-WebSocket-Version: x\r\n"})
    void namesTheVersionOfTheHandshakeThatItSpeaks(String version) throws IOException {
        String head = "GET " + HANDSHAKE + KEY + UPGRADE + version + "\r\n";

        RawConnection.Answer answer = assertProblem(gateway.httpPort(), head, 426, "upgrade-required");

        assertThat(answer.headers()).containsEntry("sec-websocket-version", "13");
    }

    @Test
    void refusesAHandshakeWithHead() throws IOException {
        try (RawConnection connection = connect(gateway.httpPort())) {
            connection.write("HEAD " + HANDSHAKE + KEY + UPGRADE + VERSION + "\r\n");

            assertThat(connection.readHead().status()).isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/v1/requests/echo", "/v1/requests/echo?payload=e30", "/v1/requests/no-such-kind", "/nothing"})
    void endsAConnectionWhoseChunksCannotBeRead(String path) throws IOException {
        try (RawConnection connection = connect(gateway.httpPort())) {
            connection.write(RawConnection.postChunked(path) + RawConnection.chunk("{}") + "zz\r\n");

            RawConnection.Answer answer = connection.read();

            assertThat(answer.status()).isIn(400, 404);
            assertThat(answer.headers()).containsEntry("content-type", "application/problem+json");
            assertThat(connection.isEnded((int) ANSWER.toMillis())).isTrue();
        }
    }

    /** The second call is broken, and the first is answered before it. */
    @Test
    void answersTheCallBeforeADefectiveOne() throws IOException {
        try (RawConnection connection = connect(gateway.httpPort())) {
            connection.write(
                    RawConnection.get("/v1/kinds") + RawConnection.postChunked("/v1/requests/echo") + "zz\r\n");

            assertThat(connection.read().status()).isEqualTo(200);
            assertThat(connection.read().status()).isEqualTo(400);
            assertThat(connection.isEnded((int) ANSWER.toMillis())).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "head | GET / HTTP/1.1~no colon~~",
                "head | GET / HTTP/1.1~Name : value~~",
                "head | POST /v1/requests/echo HTTP/1.1~Content-Length: 3~Content-Length: 4~~abcd",
                "head | POST /v1/requests/echo HTTP/1.1~Content-Length: 3~Transfer-Encoding: chunked~~0~~",
                "head | POST /v1/requests/echo HTTP/1.1~Transfer-Encoding: gzip~~",
                "host | GET / HTTP/1.1~Host: a:b:c~~",
                "host | GET / HTTP/1.1~Host: a b~~",
                "target | GET * HTTP/1.1~Host: a~~",
                "target | GET /%zz HTTP/1.1~Host: a~~",
                "target | CONNECT a:80 HTTP/1.1~Host: a~~",
                "version | GET / HTTP/3.0~Host: a~~",
                "version | PRI * HTTP/2.0~~SM~~"
            })
    void countsWhatItCannotRead(String reason, String call) throws IOException {
        String bytes = call.replace("~", "\r\n");
        double before = counted(reason);

        assertProblem(gateway.httpPort(), bytes, 400, "bad-request");
        assertProblem(gateway.managementPort(), bytes, 400, "bad-request");

        assertThat(counted(reason)).isEqualTo(before + 2);
    }

    @Test
    void refusesLinesAndHeadersThatAreTooLong() throws IOException {
        String line = "GET /" + "x".repeat(33_000) + HOST + "\r\n";
        String header = "GET /" + HOST + "X-Long: " + "x".repeat(17_000) + "\r\n\r\n";

        for (int port : List.of(gateway.httpPort(), gateway.managementPort())) {
            assertProblem(port, line, 414, "uri-too-long");
            assertProblem(port, header, 431, "headers-too-large");
        }
    }

    private static RawConnection.Answer assertProblem(int port, String bytes, int status, String code)
            throws IOException {
        try (RawConnection connection = connect(port)) {
            connection.write(bytes);

            RawConnection.Answer answer = connection.read();

            JsonNode problem = Api.JSON.readTree(answer.body());
            assertThat(answer.headers()).containsEntry("content-type", "application/problem+json");
            assertThat(problem.path("code").asString()).isEqualTo(code);
            assertThat(answer.status()).isEqualTo(status);
            return answer;
        }
    }

    private double counted(String reason) {
        String line = "sluice_http_undecodable_total{reason=\"" + reason + "\"} ";
        return gateway.metrics()
                .lines()
                .filter(metric -> metric.startsWith(line))
                .mapToDouble(metric -> Double.parseDouble(metric.substring(line.length())))
                .sum();
    }

    private static RawConnection connect(int port) throws IOException {
        return new RawConnection(port, ANSWER);
    }
}
