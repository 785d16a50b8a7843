package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.Contract.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Every answer that openapi.json documents is called for, and matches it. */
@Timeout(180)
class OpenApiIT {

    private static final String ECHO = "/v1/requests/echo";
    private static final String HELD = "/v1/requests/" + ContractTestkit.WAITING;
    private static final int BODY = 1 << 20;
    private static final String SILENT = "submit 503 outcome-unknown";

    /** Documented answers that cannot be called for here. */
    private static final Map<String, String> EXCUSED = Map.of(
            "kinds 503 store-unavailable",
            "only before the first start of the flow, when no balancer sends calls: the gateway is not ready");

    private static ContractTestkit testkit;
    private static Contract contract;

    /** A call and the name of the answer that it has to get. */
    private record Call(String name, Supplier<Answer> make) {}

    @BeforeAll
    static void start() {
        testkit = new ContractTestkit();
        contract = Contract.of(testkit.api());
    }

    @AfterAll
    static void stop() {
        testkit.close();
    }

    @TestFactory
    Stream<DynamicTest> answersAsDocumented() {
        return Stream.of(submits(), reads(), results(), events(), cancels(), sockets(), pages())
                .flatMap(List::stream)
                .map(call -> DynamicTest.dynamicTest(call.name, () -> check(call)));
    }

    @Test
    void answersAsDocumentedWithoutStore() {
        testkit.withoutStore(() -> withoutStore().forEach(OpenApiIT::check));
    }

    /** Both answers are right: the insert had been sent and may still take place, or it never arrived. */
    @Test
    void tellsWhereToLookWhenTheStoreIsSilent() {
        Answer answer = testkit.withSilentStore(() -> post(ECHO, "{}"));

        JsonNode problem = Api.JSON.readTree(answer.text());
        assertThat(contract.nameOf(answer)).isEqualTo(SILENT);
        assertThat(problem.path("retryable").asBoolean(true)).isFalse();
        assertThat(contract.nameOf(
                        get("/v1/requests/" + problem.path("requestId").asString())))
                .isIn("read 200", "read 404 unknown-request");
    }

    @Test
    void answersAsDocumentedWhenFullOfStreams() {
        testkit.whileFull(() -> whileFull().forEach(OpenApiIT::check));
    }

    @Test
    void answersAsDocumentedWhileDraining() {
        testkit.whileDraining(() -> whileDraining().forEach(OpenApiIT::check));
    }

    @Test
    void documentsNoAnswerThatNobodyCallsFor() {
        Set<String> called = new TreeSet<>(EXCUSED.keySet());

        Stream.of(
                        submits(),
                        reads(),
                        results(),
                        events(),
                        cancels(),
                        sockets(),
                        pages(),
                        withoutStore(),
                        whileFull(),
                        whileDraining())
                .flatMap(List::stream)
                .forEach(call -> called.add(call.name));

        called.add(SILENT);
        assertThat(called).isEqualTo(contract.answers());
    }

    @Test
    void answersHeadAsGetWithoutBody() {
        String path = testkit.succeeded();

        for (String each : List.of(path, path + "/result", "/v1/kinds", "/openapi.json", "/console/index.html")) {
            Answer got = get(each);
            Answer head =
                    Answer.of(testkit.api().send(testkit.api().call(each).method("HEAD", BodyPublishers.noBody())));

            assertThat(contract.nameOf(head)).isEqualTo(contract.nameOf(got));
            assertThat(head.headers()).isEqualTo(got.headers());
        }
    }

    @Test
    void answersElsewhereWithAProblem() {
        Answer nowhere = get("/v1/nothing");
        Answer otherMethod =
                Answer.of(testkit.api().send(testkit.api().call("/v1/kinds").DELETE()));

        assertThat(nowhere.status()).isEqualTo(404);
        contract.checkProblem(nowhere);
        assertThat(otherMethod.status()).isEqualTo(405);
        assertThat(otherMethod.headers()).containsEntry("allow", "GET, HEAD");
        contract.checkProblem(otherMethod);
    }

    private static List<Call> submits() {
        return List.of(
                new Call("submit 202", () -> post(ECHO, "{}")),
                new Call("submit 202", () -> post(ECHO, "{}", "Prefer", "respond-async")),
                new Call("submit 202", () -> post(ECHO + "?payload=e30", "")),
                new Call("submit 200", () -> post(ECHO, "{}", "Prefer", "wait=30")),
                new Call("submit 400 invalid-option", () -> post(ECHO, "{}", "Sluice-Cost", "0")),
                new Call("submit 400 malformed-json", () -> post(ECHO, "{", "Content-Type", "application/json")),
                new Call("submit 400 bad-request", () -> testkit.raw("POST", ECHO, RawConnection.post(ECHO, -1))),
                new Call("submit 400 bad-payload-encoding", () -> post(ECHO + "?payload=!", "")),
                new Call("submit 404 unknown-kind", () -> post("/v1/requests/no-such-kind", "{}")),
                new Call(
                        "submit 408 body-timeout",
                        () -> testkit.raw("POST", ECHO, RawConnection.post(ECHO, 10), "{\"half\"")),
                new Call(
                        "submit 413 payload-too-large",
                        () -> testkit.raw("POST", ECHO, RawConnection.post(ECHO, BODY + 1))),
                new Call("submit 415 unsupported-media-type", () -> post(ECHO, "{}", "Content-Encoding", "gzip")),
                new Call("submit 422 validation-failed", () -> post(ECHO, "{}", "Sluice-Cost", "10000")),
                new Call("submit 503 backlog-full", OpenApiIT::overFull));
    }

    private static List<Call> reads() {
        return List.of(
                new Call("read 200", () -> get(testkit.waiting())),
                new Call("read 200", () -> get(testkit.running())),
                new Call("read 200", () -> get(testkit.succeeded())),
                new Call("read 200", () -> get(testkit.failed() + "?wait=30")),
                new Call("read 200", () -> get(testkit.canceled())),
                new Call("read 200", () -> get(testkit.erased() + "?wait=30")),
                new Call("read 304", () -> known(testkit.succeeded())),
                new Call("read 304", () -> known(testkit.waiting())),
                new Call("read 400 invalid-option", () -> get(testkit.succeeded() + "?wait=61")),
                new Call("read 404 unknown-request", () -> get(ContractTestkit.unknown())),
                new Call("read 410 gone", () -> get(ContractTestkit.gone())));
    }

    private static List<Call> results() {
        return List.of(
                new Call("result 200", () -> get(testkit.succeeded() + "/result")),
                new Call("result 304", () -> known(testkit.succeeded() + "/result")),
                new Call("result 404 not-ready", () -> get(testkit.waiting() + "/result")),
                new Call("result 404 unknown-request", () -> get(ContractTestkit.unknown() + "/result")),
                new Call("result 410 gone", () -> get(ContractTestkit.gone() + "/result")),
                new Call("result 410 gone", () -> get(testkit.expired() + "/result")),
                new Call("result 410 gone", () -> get(testkit.erased() + "/result", "If-None-Match", "*")),
                new Call("result 424 request-failed", () -> get(testkit.failed() + "/result")),
                new Call("result 424 request-canceled", () -> get(testkit.canceled() + "/result")));
    }

    private static List<Call> events() {
        return List.of(
                new Call("events 200 text/event-stream", () -> get(testkit.succeeded() + "/events")),
                new Call("events 200 text/event-stream", () -> get(testkit.failed() + "/events?lastEventId=0")),
                new Call("events 200 text/event-stream", () -> get(testkit.canceled() + "/events?lastEventId=0")),
                new Call("events 200 text/event-stream", OpenApiIT::resetStream),
                new Call("events 200 application/json", () -> page(testkit.failed() + "/events")),
                new Call("events 200 application/json", () -> page(testkit.forgotten() + "/events?lastEventId=2")),
                new Call("events 200 text/event-stream", () -> get(testkit.erased() + "/events")),
                new Call("events 200 application/json", () -> page(testkit.erased() + "/events")),
                new Call("events 204", () -> get(testkit.succeeded() + "/events?lastEventId=99")),
                new Call("events 400 invalid-option", () -> get(testkit.succeeded() + "/events?lastEventId=x")),
                new Call("events 404 unknown-request", () -> get(ContractTestkit.unknown() + "/events")),
                new Call("events 406 not-acceptable", () -> get(testkit.succeeded() + "/events", "Accept", "en")),
                new Call("events 410 gone", () -> page(ContractTestkit.gone() + "/events")));
    }

    private static List<Call> cancels() {
        return List.of(
                new Call("cancel 200", () -> post(testkit.waiting() + "/cancel", "")),
                new Call("cancel 202", () -> post(testkit.running() + "/cancel", "")),
                new Call("cancel 404 unknown-request", () -> post(ContractTestkit.unknown() + "/cancel", "")),
                new Call("cancel 409 already-done", () -> post(testkit.succeeded() + "/cancel", "")),
                new Call("cancel 409 already-done", () -> post(testkit.erased() + "/cancel", "")),
                new Call("cancel 410 gone", () -> post(ContractTestkit.gone() + "/cancel", "")));
    }

    private static List<Call> sockets() {
        return List.of(
                new Call("connect 101", () -> connect("")),
                new Call("connect 400 bad-request", () -> get("/v1/ws")),
                new Call("connect 403 forbidden", () -> connect("Origin: https://elsewhere.example\r\n")),
                new Call("connect 426 upgrade-required", () -> connect("Sec-WebSocket-Version: 8\r\n")));
    }

    private static List<Call> pages() {
        return List.of(
                new Call("kinds 200", () -> get("/v1/kinds")),
                new Call("openapi 200", () -> get("/openapi.json")),
                new Call("openapi 304", () -> known("/openapi.json")),
                new Call("asyncapi 200", () -> get("/asyncapi.json")),
                new Call("asyncapi 304", () -> known("/asyncapi.json")),
                new Call("problem 200", () -> get("/problems/gone")),
                new Call("problem 404 not-found", () -> get("/problems/nothing")),
                new Call("consoleFile 200", () -> get("/console/app.js")),
                new Call("consoleFile 304", () -> known("/console/app.js")),
                new Call("consoleFile 404 not-found", () -> get("/console/nothing.js")),
                new Call("console 302", () -> get("/console")),
                new Call("root 302", () -> get("/")));
    }

    private static List<Call> withoutStore() {
        String any = ContractTestkit.unknown();
        return List.of(
                new Call("submit 503 store-unavailable", () -> post(ECHO, "{}")),
                new Call("read 503 store-unavailable", () -> get(any)),
                new Call("result 503 store-unavailable", () -> get(any + "/result")),
                new Call("events 503 store-unavailable", () -> get(any + "/events")),
                new Call("events 503 store-unavailable", () -> page(any + "/events")),
                new Call("cancel 503 store-unavailable", () -> post(any + "/cancel", "")));
    }

    private static List<Call> whileFull() {
        return List.of(
                new Call("submit 202", () -> post(HELD, "{}", "Prefer", "wait=30")),
                new Call("read 503 too-many-streams", () -> get(testkit.left() + "?wait=30")),
                new Call("events 503 too-many-streams", () -> get(testkit.left() + "/events")),
                new Call("connect 503 too-many-streams", () -> connect("")));
    }

    private static List<Call> whileDraining() {
        return List.of(
                new Call("submit 503 draining", () -> post(ECHO, "{}")),
                new Call("read 503 draining", () -> get(testkit.left() + "?wait=30")),
                new Call("events 503 draining", () -> get(testkit.left() + "/events")),
                new Call("connect 503 draining", () -> connect("")));
    }

    private static void check(Call call) {
        assertThat(contract.nameOf(call.make.get())).isEqualTo(call.name);
    }

    private static Answer get(String path, String... headers) {
        return Answer.of(testkit.api().get(path, headers));
    }

    private static Answer page(String path) {
        return get(path, "Accept", "application/json");
    }

    private static Answer post(String path, String body, String... headers) {
        return Answer.of(testkit.api().post(path, body.getBytes(StandardCharsets.UTF_8), headers));
    }

    /** Asks again for the version that it has. */
    private static Answer known(String path) {
        return get(path, "If-None-Match", get(path).headers().get("etag"));
    }

    private static Answer connect(String header) {
        String upgrade = "GET /v1/ws HTTP/1.1\r\nHost: sluice\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sluice.v1+json\r\n";
        return testkit.raw("GET", "/v1/ws", upgrade + header + "Sec-WebSocket-Version: 13\r\n\r\n");
    }

    private static Answer resetStream() {
        Answer stream = get(testkit.forgotten() + "/events?lastEventId=2");
        assertThat(stream.text()).contains("event: reset\n");
        return stream;
    }

    /** One request is out, one waits, and a third may not. */
    private static Answer overFull() {
        Answer answer = post("/v1/requests/" + ContractTestkit.FULL, "{}");
        for (int i = 0; i < 10 && answer.status() == 202; i++) {
            answer = post("/v1/requests/" + ContractTestkit.FULL, "{}");
        }
        return answer;
    }
}
