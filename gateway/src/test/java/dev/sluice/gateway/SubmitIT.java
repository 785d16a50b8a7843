package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The answers to submissions that are taken, and that their input arrives as it was sent. */
@Timeout(180)
class SubmitIT {

    private static final String ECHO = "/v1/requests/echo";
    private static final int MAX_BODY = 1 << 20;

    private final Api api = SharedGateway.api();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/octet-stream",
                "text/plain;charset=ISO-8859-1",
                "image/png",
                "application/xml",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x"
            })
    void handsAnyBodyBackByteByByte(String contentType) {
        byte[] body = random(10_007);

        String id = Api.idOf(api.post(ECHO, body, "Content-Type", contentType));

        HttpResponse<byte[]> result = resultOf(id);
        assertThat(result.body()).isEqualTo(body);
        assertThat(Api.header(result, "Content-Type")).isEqualTo(contentType);
    }

    @Test
    void takesABodyWithoutTypeAsBytes() {
        byte[] body = random(100);

        HttpResponse<byte[]> result = resultOf(Api.idOf(api.post(ECHO, body)));

        assertThat(result.body()).isEqualTo(body);
        assertThat(Api.header(result, "Content-Type")).isEqualTo("application/octet-stream");
    }

    @Test
    void takesAnEmptyBody() {
        HttpResponse<byte[]> result = resultOf(Api.idOf(api.post(ECHO, new byte[0], "Content-Type", "text/plain")));

        assertThat(result.body()).isEmpty();
    }

    @Test
    void takesABodyOfExactlyTheLimitWithALength() {
        byte[] body = random(MAX_BODY);

        assertThat(resultOf(Api.idOf(api.post(ECHO, body))).body()).isEqualTo(body);
    }

    @Test
    void takesABodyOfExactlyTheLimitInChunks() {
        byte[] body = random(MAX_BODY);

        HttpResponse<byte[]> accepted =
                api.send(api.call(ECHO).POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body))));

        assertThat(resultOf(Api.idOf(accepted)).body()).isEqualTo(body);
    }

    @Test
    void refusesOneByteMoreByItsLength() throws Exception {
        try (RawConnection connection = connect()) {
            connection.write(RawConnection.post(ECHO, MAX_BODY + 1));

            assertTooLarge(connection.read());
        }
    }

    @Test
    void refusesOneByteMoreInChunks() throws Exception {
        try (RawConnection connection = connect()) {
            connection.write(RawConnection.postChunked(ECHO));
            String piece = RawConnection.chunk(" ".repeat(1 << 14));
            for (int i = 0; i < MAX_BODY >> 14; i++) {
                connection.write(piece);
            }
            connection.write(RawConnection.chunk(" "));

            assertTooLarge(connection.read());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void takesThePayloadAsAParameter(boolean url) {
        String json = "{\"a\":\"ÿ?>~~\",\"n\":1.10}";
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        String payload = url
                ? Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)
                : Base64.getEncoder().encodeToString(bytes);

        String id = Api.idOf(api.post(ECHO + "?payload=" + payload, new byte[0]));

        HttpResponse<byte[]> result = resultOf(id);
        assertThat(Api.text(result)).isEqualTo(json);
        assertThat(Api.header(result, "Content-Type")).isEqualTo("application/json");
    }

    @Test
    void answersWithTheReceiptAndNothingElse() {
        HttpResponse<byte[]> accepted = api.postJson("echo", "{}");

        String id = Api.idOf(accepted);
        JsonNode receipt = Api.json(accepted);
        assertThat(accepted.headers().map().keySet().stream().map(String::toLowerCase))
                .containsExactlyInAnyOrder(
                        "content-type",
                        "content-length",
                        "cache-control",
                        "location",
                        "operation-location",
                        "retry-after");
        assertThat(Api.header(accepted, "Content-Type")).isEqualTo("application/json");
        assertThat(Api.header(accepted, "Cache-Control")).isEqualTo("no-store");
        assertThat(Api.header(accepted, "Location")).isEqualTo(Api.path(id));
        assertThat(Api.header(accepted, "Operation-Location")).isEqualTo(Api.path(id));
        assertThat(Api.header(accepted, "Retry-After")).matches("[1-9][0-9]*");
        assertThat(receipt.propertyNames())
                .containsExactlyInAnyOrder(
                        "id",
                        "kind",
                        "state",
                        "done",
                        "held",
                        "attempt",
                        "maxAttempts",
                        "createdAt",
                        "expiresAt",
                        "links");
        assertThat(receipt.path("id").asString()).isEqualTo(id).matches("req_[0-9a-f-]{36}");
        assertThat(receipt.path("kind").asString()).isEqualTo("echo");
        assertThat(receipt.path("state").asString()).isIn("ACCEPTED", "QUEUED");
        assertThat(receipt.path("done").asBoolean()).isFalse();
        assertThat(receipt.path("attempt").asInt()).isZero();
    }

    @Test
    void linksToWhatCanBeDoneNext() {
        HttpResponse<byte[]> accepted = api.postJson("echo", "{}");

        String self = Api.path(Api.idOf(accepted));
        assertThat(Api.json(accepted).path("links").toString())
                .isEqualTo("{\"self\":\"" + self + "\",\"result\":\"" + self + "/result\",\"events\":\"" + self
                        + "/events\",\"ws\":\"/v1/ws\",\"cancel\":\"" + self + "/cancel\"}");
    }

    @Test
    void saysTheSameTimesInEveryAnswer() {
        HttpResponse<byte[]> accepted = api.postJson("echo", "{}");

        JsonNode receipt = Api.json(accepted);
        JsonNode later = api.awaitDone(Api.idOf(accepted));
        assertThat(later.path("createdAt")).isEqualTo(receipt.path("createdAt"));
        assertThat(later.path("expiresAt")).isEqualTo(receipt.path("expiresAt"));
    }

    @Test
    void answersWithTheFinishedRequestWhenAskedToWait() {
        HttpResponse<byte[]> answer = api.postJson("echo", "[1]", "Prefer", "respond-async, wait=30");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Api.header(answer, "Preference-Applied")).isEqualTo("respond-async, wait=30");
        assertThat(Api.header(answer, "ETag")).matches("\"\\d+\"");
        assertThat(Api.header(answer, "Location")).startsWith("/v1/requests/req_");
        assertThat(Api.json(answer).path("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(Api.json(answer).path("done").asBoolean()).isTrue();
    }

    @Test
    void answers202WhenTheWaitIsOverFirst() {
        HttpResponse<byte[]> answer = api.postJson("sleep", "{\"ms\":30000}", "Prefer", "wait=1");

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(Api.header(answer, "Preference-Applied")).isEqualTo("wait=1");
        assertThat(api.cancel(Api.idOf(answer)).statusCode()).isIn(200, 202);
    }

    @Test
    void ignoresPreferencesThatItDoesNotKnow() {
        HttpResponse<byte[]> answer = api.postJson("echo", "{}", "Prefer", "handling=lenient; foo=\"bar\"");

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.headers().firstValue("Preference-Applied")).isEmpty();
    }

    @Test
    void appliesTheOptionsThatAreOffered() {
        String id = api.submit(
                "flaky",
                "{\"failures\":9}",
                "Sluice-Max-Attempts",
                "1",
                "Sluice-Timeout",
                "30",
                "Sluice-Cost",
                "1",
                "traceparent",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        JsonNode done = api.awaitDone(id);

        assertThat(done.path("state").asString()).isEqualTo("FAILED");
        assertThat(done.path("maxAttempts").asInt()).isEqualTo(1);
        assertThat(done.path("attempt").asInt()).isEqualTo(1);
    }

    private HttpResponse<byte[]> resultOf(String id) {
        JsonNode done = api.awaitDone(id);
        assertThat(done.path("state").asString()).as(done.toString()).isEqualTo("SUCCEEDED");
        HttpResponse<byte[]> result = api.get(Api.path(id) + "/result");
        assertThat(result.statusCode()).isEqualTo(200);
        return result;
    }

    private static RawConnection connect() throws java.io.IOException {
        return new RawConnection(SharedGateway.process().httpPort(), Duration.ofSeconds(20));
    }

    private static void assertTooLarge(RawConnection.Answer answer) {
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.headers()).containsEntry("connection", "close");
        assertThat(answer.body()).contains("\"code\":\"payload-too-large\"");
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
