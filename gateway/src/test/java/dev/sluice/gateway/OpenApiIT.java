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
    private static final String HELD = "/v1/requests/" + ContractBench.WAITING;
    private static final int BODY = 1 << 20;
    private static final String SILENT = "submit 503 outcome-unknown";

    /** Documented answers that cannot be called for here. */
    private static final Map<String, String> EXCUSED = Map.of(
            "kinds 503 store-unavailable",
            "only before the first start of the flow, when no balancer sends calls: the gateway is not ready");

    private static ContractBench bench;
    private static Contract contract;

    /** A call and the name of the answer that it has to get. */
    private record Call(String name, Supplier<Answer> make) {}

    @BeforeAll
    static void start() {
        bench = new ContractBench();
        contract = Contract.of(bench.api());
    }

    @AfterAll
    static void stop() {
        bench.close();
    }

    @TestFactory
    Stream<DynamicTest> answersAsDocumented() {
        return Stream.of(submits(), reads(), results(), events(), cancels(), sockets(), pages())
                .flatMap(List::stream)
                .map(call -> DynamicTest.dynamicTest(call.name, () -> check(call)));
    }

    @Test
    void answersAsDocumentedWithoutStore() {
        bench.withoutStore(() -> withoutStore().forEach(OpenApiIT::check));
    }

    /** Both answers are right: the insert had been sent and may still take place, or it never arrived. */
    @Test
    void tellsWhereToLookWhenTheStoreIsSilent() {
        Answer answer = bench.withSilentStore(() -> post(ECHO, "{}"));

        JsonNode problem = Api.JSON.readTree(answer.text());
        assertThat(contract.nameOf(answer)).isEqualTo(SILENT);
        assertThat(problem.path("retryable").asBoolean(true)).isFalse();
        assertThat(contract.nameOf(
                        get("/v1/requests/" + problem.path("requestId").asString())))
                .isIn("read 200", "read 404 unknown-request");
    }

    @Test
    void answersAsDocumentedWhenFullOfStreams() {
        bench.whileFull(() -> whileFull().forEach(OpenApiIT::check));
    }

    @Test
    void answersAsDocumentedWhileDraining() {
        bench.whileDraining(() -> whileDraining().forEach(OpenApiIT::check));
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
        String path = bench.succeeded();

        for (String each : List.of(path, path + "/result", "/v1/kinds", "/openapi.json", "/console/index.html")) {
            Answer got = get(each);
            Answer head = Answer.of(bench.api().send(bench.api().call(each).method("HEAD", BodyPublishers.noBody())));

            assertThat(contract.nameOf(head)).isEqualTo(contract.nameOf(got));
            assertThat(head.headers()).isEqualTo(got.headers());
        }
    }

    @Test
    void answersElsewhereWithAProblem() {
        Answer nowhere = get("/v1/nothing");
        Answer otherMethod =
                Answer.of(bench.api().send(bench.api().call("/v1/kinds").DELETE()));

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
                new Call("submit 400 bad-request", () -> bench.raw("POST", ECHO, RawConnection.post(ECHO, -1))),
                new Call("submit 400 bad-payload-encoding", () -> post(ECHO + "?payload=!", "")),
                new Call("submit 404 unknown-kind", () -> post("/v1/requests/no-such-kind", "{}")),
                new Call(
                        "submit 408 body-timeout",
                        () -> bench.raw("POST", ECHO, RawConnection.post(ECHO, 10), "{\"half\"")),
                new Call(
                        "submit 413 payload-too-large",
                        () -> bench.raw("POST", ECHO, RawConnection.post(ECHO, BODY + 1))),
                new Call("submit 415 unsupported-media-type", () -> post(ECHO, "{}", "Content-Encoding", "gzip")),
                new Call("submit 422 validation-failed", () -> post(ECHO, "{}", "Sluice-Cost", "10000")),
                new Call("submit 503 backlog-full", OpenApiIT::overFull));
    }

    private static List<Call> reads() {
        return List.of(
                new Call("read 200", () -> get(bench.waiting())),
                new Call("read 200", () -> get(bench.running())),
                new Call("read 200", () -> get(bench.succeeded())),
                new Call("read 200", () -> get(bench.failed() + "?wait=30")),
                new Call("read 200", () -> get(bench.canceled())),
                new Call("read 304", () -> known(bench.succeeded())),
                new Call("read 304", () -> known(bench.waiting())),
                new Call("read 400 invalid-option", () -> get(bench.succeeded() + "?wait=61")),
                new Call("read 404 unknown-request", () -> get(ContractBench.unknown())),
                new Call("read 410 gone", () -> get(ContractBench.gone())));
    }

    private static List<Call> results() {
        return List.of(
                new Call("result 200", () -> get(bench.succeeded() + "/result")),
                new Call("result 304", () -> known(bench.succeeded() + "/result")),
                new Call("result 404 not-ready", () -> get(bench.waiting() + "/result")),
                new Call("result 404 unknown-request", () -> get(ContractBench.unknown() + "/result")),
                new Call("result 410 gone", () -> get(ContractBench.gone() + "/result")),
                new Call("result 424 request-failed", () -> get(bench.failed() + "/result")),
                new Call("result 424 request-canceled", () -> get(bench.canceled() + "/result")));
    }

    private static List<Call> events() {
        return List.of(
                new Call("events 200 text/event-stream", () -> get(bench.succeeded() + "/events")),
                new Call("events 200 text/event-stream", () -> get(bench.failed() + "/events?lastEventId=0")),
                new Call("events 200 text/event-stream", () -> get(bench.canceled() + "/events?lastEventId=0")),
                new Call("events 200 text/event-stream", OpenApiIT::resetStream),
                new Call("events 200 application/json", () -> page(bench.failed() + "/events")),
                new Call("events 200 application/json", () -> page(bench.forgotten() + "/events?lastEventId=2")),
                new Call("events 204", () -> get(bench.succeeded() + "/events?lastEventId=99")),
                new Call("events 400 invalid-option", () -> get(bench.succeeded() + "/events?lastEventId=x")),
                new Call("events 404 unknown-request", () -> get(ContractBench.unknown() + "/events")),
                new Call("events 406 not-acceptable", () -> get(bench.succeeded() + "/events", "Accept", "en")),
                new Call("events 410 gone", () -> page(ContractBench.gone() + "/events")));
    }

    private static List<Call> cancels() {
        return List.of(
                new Call("cancel 200", () -> post(bench.waiting() + "/cancel", "")),
                new Call("cancel 202", () -> post(bench.running() + "/cancel", "")),
                new Call("cancel 404 unknown-request", () -> post(ContractBench.unknown() + "/cancel", "")),
                new Call("cancel 409 already-done", () -> post(bench.succeeded() + "/cancel", "")),
                new Call("cancel 410 gone", () -> post(ContractBench.gone() + "/cancel", "")));
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
        String any = ContractBench.unknown();
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
                new Call("read 503 too-many-streams", () -> get(bench.left() + "?wait=30")),
                new Call("events 503 too-many-streams", () -> get(bench.left() + "/events")),
                new Call("connect 503 too-many-streams", () -> connect("")));
    }

    private static List<Call> whileDraining() {
        return List.of(
                new Call("submit 503 draining", () -> post(ECHO, "{}")),
                new Call("read 503 draining", () -> get(bench.left() + "?wait=30")),
                new Call("events 503 draining", () -> get(bench.left() + "/events")),
                new Call("connect 503 draining", () -> connect("")));
    }

    private static void check(Call call) {
        assertThat(contract.nameOf(call.make.get())).isEqualTo(call.name);
    }

    private static Answer get(String path, String... headers) {
        return Answer.of(bench.api().get(path, headers));
    }

    private static Answer page(String path) {
        return get(path, "Accept", "application/json");
    }

    private static Answer post(String path, String body, String... headers) {
        return Answer.of(bench.api().post(path, body.getBytes(StandardCharsets.UTF_8), headers));
    }

    /** Asks again for the version that it has. */
    private static Answer known(String path) {
        return get(path, "If-None-Match", get(path).headers().get("etag"));
    }

    private static Answer connect(String header) {
        String upgrade = "GET /v1/ws HTTP/1.1\r\nHost: sluice\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sluice.v1+json\r\n";
        return bench.raw("GET", "/v1/ws", upgrade + header + "Sec-WebSocket-Version: 13\r\n\r\n");
    }

    private static Answer resetStream() {
        Answer stream = get(bench.forgotten() + "/events?lastEventId=2");
        assertThat(stream.text()).contains("event: reset\n");
        return stream;
    }

    /** One request is out, one waits, and a third may not. */
    private static Answer overFull() {
        Answer answer = post("/v1/requests/" + ContractBench.FULL, "{}");
        for (int i = 0; i < 10 && answer.status() == 202; i++) {
            answer = post("/v1/requests/" + ContractBench.FULL, "{}");
        }
        return answer;
    }
}
