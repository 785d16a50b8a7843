package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.net.http.WebSocketHandshakeException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Submitting, following and cancelling on one socket, and how it ends when a client breaks the rules. */
@Timeout(120)
class WebSocketIT {

    private static final int MAX_FRAME = 64 * 1024;
    private static final String PING = "{\"type\":\"ping\"}";

    private final Api api = SharedGateway.api();

    @Test
    void welcomesWhoSaysHello() throws Exception {
        try (TestSocket socket = TestSocket.connect()) {
            socket.say("{\"type\":\"hello\"}");

            JsonNode welcome = socket.next("welcome");
            assertThat(socket.protocol()).isEqualTo("sluice.v1+json");
            assertThat(welcome.path("maxFrameBytes").asInt()).isEqualTo(MAX_FRAME);
            assertThat(welcome.path("maxSubscriptions").asInt()).isEqualTo(1_000);
        }
    }

    @Test
    void takesWorkAndTellsItsWholeStory() throws Exception {
        try (TestSocket socket = TestSocket.greeted()) {
            String id = socket.submit("mine", "sleep", "{\"ms\":500}");
            socket.subscribe(id, 0);

            List<Integer> seqs = new ArrayList<>();
            JsonNode frame = socket.next();
            for (; frame.path("type").asString().equals("event"); frame = socket.next()) {
                JsonNode event = frame.path("event");
                assertThat(event.path("subject").asString()).isEqualTo(id);
                seqs.add(Integer.parseInt(event.path("sequence").asString()));
            }

            assertThat(frame.path("type").asString()).isEqualTo("end");
            assertThat(frame.path("state").asString()).isEqualTo("SUCCEEDED");
            assertThat(seqs).isEqualTo(gapFree(api.read(id).path("seq").asInt()));
        }
    }

    @Test
    void keepsTheInputAsItWasWritten() throws Exception {
        try (TestSocket socket = TestSocket.greeted()) {
            String input = "{\"n\": 1.100, \"s\":\"\\u0000ÿ\", \"n\":[ ]}";

            String id = socket.submit("r", "echo", input);

            api.awaitDone(id);
            assertThat(Api.text(api.get(Api.path(id) + "/result"))).isEqualTo(input);
        }
    }

    @Test
    void answersARefusalWithTheRefAndLivesOn() throws Exception {
        try (TestSocket socket = TestSocket.greeted()) {
            socket.say("{\"type\":\"submit\",\"ref\":\"r1\",\"kind\":\"no-such-kind\",\"input\":1}");
            JsonNode problem = socket.next("problem");

            assertThat(problem.path("ref").asString()).isEqualTo("r1");
            assertThat(problem.path("problem").path("code").asString()).isEqualTo("unknown-kind");
            socket.say("{\"type\":\"submit\",\"ref\":\"r2\",\"kind\":\"echo\",\"input\":1,\"options\":{\"delay\":1}}");
            assertThat(socket.next("problem").path("problem").path("code").asString())
                    .isEqualTo("invalid-option");
            assertThat(socket.submit("r3", "echo", "1")).startsWith("req_");
        }
    }

    @Test
    void sendsNoEventWithoutCredit() throws Exception {
        String id = api.submit("echo", "{}");
        int last = api.awaitDone(id).path("seq").asInt();
        assertThat(last).isGreaterThanOrEqualTo(4);
        try (TestSocket socket = TestSocket.greeted()) {
            socket.say("{\"type\":\"credit\",\"n\":1}");
            socket.subscribe(id, 0);

            assertThat(seqOf(socket.next("event"))).isEqualTo(1);
            assertOnlyPongs(socket);
            socket.say("{\"type\":\"credit\",\"n\":2}");
            assertThat(seqOf(socket.next("event"))).isEqualTo(2);
            assertThat(seqOf(socket.next("event"))).isEqualTo(3);
            assertOnlyPongs(socket);
            socket.say("{\"type\":\"credit\",\"n\":100}");
            for (int seq = 4; seq <= last; seq++) {
                assertThat(seqOf(socket.next("event"))).isEqualTo(seq);
            }
            assertThat(socket.next("end").path("state").asString()).isEqualTo("SUCCEEDED");
        }
    }

    @Test
    void saysNoMoreAboutWhatIsNotFollowedAnyMore() throws Exception {
        try (TestSocket socket = TestSocket.greeted()) {
            String quiet = socket.submit("quiet", "sleep", "{\"ms\":60000}");
            socket.subscribe(quiet, 0);
            socket.next("event");
            socket.say("{\"type\":\"unsubscribe\",\"id\":\"" + quiet + "\"}");
            socket.say(PING);
            JsonNode frame = socket.next();
            while (!frame.path("type").asString().equals("pong")) {
                frame = socket.next();
            }

            String other = api.submit("sleep", "{\"ms\":1000}");
            socket.subscribe(other, 0);

            for (frame = socket.next(); frame.path("type").asString().equals("event"); frame = socket.next()) {
                assertThat(frame.path("event").path("subject").asString()).isEqualTo(other);
            }
            assertThat(frame.path("id").asString()).isEqualTo(other);
            api.cancel(quiet);
        }
    }

    @Test
    void cancels() throws Exception {
        try (TestSocket socket = TestSocket.greeted()) {
            String id = socket.submit("s", "sleep", "{\"ms\":60000}");

            socket.say("{\"type\":\"cancel\",\"ref\":\"c\",\"id\":\"" + id + "\"}");

            JsonNode answer = socket.next("accepted");
            assertThat(answer.path("ref").asString()).isEqualTo("c");
            assertThat(answer.path("state").asString()).isIn("CANCELING", "CANCELED");
            assertThat(api.awaitDone(id).path("state").asString()).isEqualTo("CANCELED");
            socket.say("{\"type\":\"cancel\",\"ref\":\"again\",\"id\":\"" + id + "\"}");
            assertThat(socket.next("problem").path("problem").path("code").asString())
                    .isEqualTo("already-done");
        }
    }

    @Test
    void saysThatARequestIsUnknown() throws Exception {
        String id = api.submit("echo", "{}");
        String other = id.substring(0, id.length() - 6) + (id.endsWith("ffffff") ? "000000" : "ffffff");
        try (TestSocket socket = TestSocket.greeted()) {
            socket.subscribe(other, 0);

            assertThat(socket.next("problem").path("problem").path("code").asString())
                    .isEqualTo("unknown-request");
        }
    }

    /** Every client answers our sign of life, browsers without being asked. */
    @Test
    void takesPongs() throws Exception {
        try (TestSocket socket = TestSocket.greeted()) {
            socket.pong();
            socket.say(PING);

            socket.next("pong");
        }
    }

    @Test
    void answersPings() throws Exception {
        try (TestSocket socket = TestSocket.greeted()) {
            socket.say(PING);

            socket.next("pong");
            assertThat(socket.pinged("abc")).isEqualTo("abc");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{", "[]", "{\"type\":\"nonsense\"}", "{\"type\":\"submit\"}", "{\"type\":\"credit\",\"n\":0}"})
    void closesOnAFrameThatIsNone(String frame) throws Exception {
        try (TestSocket socket = TestSocket.greeted()) {
            socket.say(frame);

            assertThat(socket.closeCode()).isEqualTo(4400);
        }
    }

    @Test
    void closesOnBytes() throws Exception {
        try (TestSocket socket = TestSocket.greeted()) {
            socket.sayBytes(new byte[] {1, 2, 3});

            assertThat(socket.closeCode()).isEqualTo(4400);
        }
    }

    @Test
    void closesOnWhoDoesNotGreetFirst() throws Exception {
        try (TestSocket socket = TestSocket.connect()) {
            socket.say(PING);

            assertThat(socket.closeCode()).isEqualTo(4401);
        }
    }

    @Test
    void closesOnWhoSaysNothing() throws Exception {
        try (TestSocket socket = TestSocket.connect()) {
            assertThat(socket.closeCode()).isEqualTo(4408);
        }
    }

    @Test
    void takesAFrameOfExactlyTheLimitAndNoneBigger() throws Exception {
        try (TestSocket socket = TestSocket.greeted()) {
            socket.say(PING + " ".repeat(MAX_FRAME - PING.length()));
            socket.next("pong");

            socket.say(PING + " ".repeat(MAX_FRAME + 1 - PING.length()));

            assertThat(socket.closeCode()).isEqualTo(4413);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "null", "http://127.0.0.1:1"})
    void refusesPagesOfOtherSites(String origin) {
        Throwable refused = catchThrowable(() -> TestSocket.connect("Origin", origin));

        assertThat(refused).hasCauseInstanceOf(WebSocketHandshakeException.class);
        WebSocketHandshakeException handshake = (WebSocketHandshakeException) refused.getCause();
        assertThat(handshake.getResponse().statusCode()).isEqualTo(403);
    }

    @Test
    void takesPagesOfItsOwn() throws Exception {
        try (TestSocket socket = TestSocket.connect(
                "Origin", "http://127.0.0.1:" + SharedGateway.process().httpPort())) {
            socket.say("{\"type\":\"hello\"}");

            socket.next("welcome");
        }
    }

    /** No timer: frames that the client sends after the events would have gone are answered before the events. */
    private static void assertOnlyPongs(TestSocket socket) throws InterruptedException {
        for (int i = 0; i < 20; i++) {
            socket.say(PING);
            socket.next("pong");
        }
    }

    private static int seqOf(JsonNode frame) {
        return Integer.parseInt(frame.path("event").path("sequence").asString());
    }

    private static List<Integer> gapFree(int to) {
        return IntStream.rangeClosed(1, to).boxed().toList();
    }
}
