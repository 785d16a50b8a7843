package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Which submissions are refused, and that every refusal is a problem document that names the remedy. */
@Timeout(120)
class SubmitRefusalIT {

    private static final String ECHO = "/v1/requests/echo";
    private static final int BODY = 1 << 20;

    private final Api api = SharedGateway.api();

    @Test
    void knowsNoOtherKinds() {
        HttpResponse<byte[]> answer = api.postJson("no-such-kind", "{}");

        JsonNode problem = Api.problem(answer, 404, "unknown-kind");
        assertThat(problem.path("detail").asString())
                .contains("no processor has offered it yet and no configuration declares it");
        assertThat(problem.path("retryable").asBoolean()).isTrue();
        assertThat(Api.header(answer, "Retry-After")).isEqualTo("5");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Idempotency-Key",
                "Sluice-Priority",
                "Sluice-Ordering-Key",
                "Sluice-Fairness-Key",
                "Sluice-Delay",
                "Sluice-Not-Before",
                "Sluice-Start-Deadline",
                "Sluice-Label",
                "Sluice-Callback",
                "Sluice-Reply-Queue",
                "Sluice-Reply-Metadata",
                "Sluice-Typo"
            })
    void namesAnOptionThatItDoesNotOffer(String option) {
        JsonNode problem = Api.problem(api.postJson("echo", "{}", option, "1"), 400, "invalid-option");

        assertThat(problem.path("detail").asString()).containsIgnoringCase(option);
    }

    @ParameterizedTest
    @ValueSource(strings = {"queue", "queueMetadata", "typo"})
    void namesAParameterThatItDoesNotOffer(String parameter) {
        HttpResponse<byte[]> answer = api.post(ECHO + "?payload=e30&" + parameter + "=x", new byte[0]);

        JsonNode problem = Api.problem(answer, 400, "invalid-option");
        assertThat(problem.path("detail").asString()).contains(parameter);
    }

    @ParameterizedTest
    @CsvSource({
        "Sluice-Cost,0",
        "Sluice-Cost,-1",
        "Sluice-Cost,10001",
        "Sluice-Cost,1.5",
        "Sluice-Cost,99999999999",
        "Sluice-Timeout,0",
        "Sluice-Timeout,86401",
        "Sluice-Max-Attempts,0",
        "Sluice-Max-Attempts,101",
        "Sluice-Max-Attempts,many",
        "Prefer,wait=61",
        "Prefer,wait=-1",
        "Prefer,wait=soon",
        "Prefer,wait="
    })
    void refusesOptionsOutOfRange(String option, String value) {
        JsonNode problem = Api.problem(api.postJson("echo", "{}", option, value), 400, "invalid-option");

        assertThat(problem.path("detail").asString()).containsIgnoringCase(option);
    }

    @Test
    void refusesAnOptionGivenTwice() {
        Api.problem(api.postJson("echo", "{}", "Sluice-Cost", "1", "Sluice-Cost", "2"), 400, "invalid-option");
    }

    @Test
    void refusesWorkThatNoProcessorCouldDo() {
        JsonNode problem = Api.problem(api.postJson("echo", "{}", "Sluice-Cost", "10000"), 422, "validation-failed");

        assertThat(problem.path("errors").path(0).path("pointer").asString()).isEqualTo("/options/cost");
        assertThat(problem.path("retryable").asBoolean()).isFalse();
    }

    @Test
    void refusesCompressedBodies() {
        HttpResponse<byte[]> answer = api.postJson("echo", "{}", "Content-Encoding", "gzip");

        Api.problem(answer, 415, "unsupported-media-type");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/json;charset=UTF-16", "nonsense", "image/*", "application/vnd.a+json;charset=latin1"
            })
    void refusesContentTypesThatItCannotKeep(String contentType) {
        HttpResponse<byte[]> answer =
                api.post(ECHO, "{}".getBytes(StandardCharsets.UTF_8), "Content-Type", contentType);

        Api.problem(answer, 415, "unsupported-media-type");
    }

    @Test
    void countsABodyThatAnnouncesToBeTooLarge() throws IOException {
        assertCounted("TooLarge", 413, RawConnection.post(ECHO, BODY + 1));
    }

    @Test
    void countsABodyThatTurnsOutToBeTooLarge() throws IOException {
        assertCounted("TooLarge", 413, RawConnection.postChunked(ECHO) + RawConnection.chunk("x".repeat(BODY + 1)));
    }

    @Test
    void countsAContentTypeThatIsNone() throws IOException {
        assertCounted("UnsupportedType", 415, "POST " + ECHO + " HTTP/1.1\r\nHost: sluice\r\nContent-Type: x\r\n\r\n");
    }

    private static void assertCounted(String reason, int status, String call) throws IOException {
        double before = refused(reason);

        try (RawConnection connection =
                new RawConnection(SharedGateway.process().httpPort(), Duration.ofSeconds(30))) {
            connection.write(call);
            assertThat(connection.read().status()).isEqualTo(status);
        }

        assertThat(refused(reason)).isEqualTo(before + 1);
    }

    private static double refused(String reason) {
        String line = "sluice_intake_refused_total{reason=\"" + reason + "\"} ";
        return SharedGateway.process()
                .metrics()
                .lines()
                .filter(metric -> metric.startsWith(line))
                .mapToDouble(metric -> Double.parseDouble(metric.substring(line.length())))
                .sum();
    }

    @Test
    void refusesABodyBesideThePayload() {
        HttpResponse<byte[]> answer = api.post(ECHO + "?payload=e30", new byte[] {'1'});

        Api.problem(answer, 400, "bad-payload-encoding");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "!", "e3", "e30&payload=e30"})
    void refusesAPayloadThatIsNoBase64OfJson(String payload) {
        HttpResponse<byte[]> answer = api.post(ECHO + "?payload=" + payload, new byte[0]);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(Api.json(answer).path("code").asString()).isIn("bad-payload-encoding", "malformed-json");
    }

    @Test
    void refusesAPayloadThatIsNoJson() {
        String payload = Base64.getUrlEncoder().encodeToString("{".getBytes(StandardCharsets.UTF_8));

        Api.problem(api.post(ECHO + "?payload=" + payload, new byte[0]), 400, "malformed-json");
    }

    @Test
    void repeatsTheTraceOfTheCaller() {
        String trace = "0af7651916cd43dd8448eb211c80319c";

        JsonNode problem = Api.problem(
                api.postJson("no-such-kind", "{}", "traceparent", "00-" + trace + "-b7ad6b7169203331-01"),
                404,
                "unknown-kind");

        assertThat(problem.path("traceId").asString()).isEqualTo(trace);
    }

    @Test
    void answersWhatIsNotThereWithAProblem() {
        Api.problem(api.get("/v1/nothing"), 404, "not-found");
        Api.problem(api.get("/v1/requests/echo%2F"), 404, "not-found");
        HttpResponse<byte[]> wrong = api.send(api.call(ECHO).DELETE());
        Api.problem(wrong, 405, "method-not-allowed");
        assertThat(Api.header(wrong, "Allow")).contains("POST");
        Api.problem(api.get("/v1/ws"), 400, "bad-request");
    }

    @Test
    void explainsEachProblemOnAPage() {
        HttpResponse<byte[]> page = api.get("/problems/unknown-kind");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(Api.text(page)).contains("unknown-kind");
    }
}
