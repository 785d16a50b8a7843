package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The gateway says or hears every frame that asyncapi.json documents, as it documents it. */
@Timeout(180)
class AsyncApiIT {

    private static final String SAID = "receiveFromClient";
    private static final String HEARD = "sendToClient";

    private static ContractTestkit testkit;
    private static Contract contract;

    private final Set<String> said = new TreeSet<>();
    private final Set<String> heard = new TreeSet<>();
    private final Set<String> events = new TreeSet<>();

    @BeforeAll
    static void start() {
        testkit = new ContractTestkit();
        contract = Contract.of(testkit.api());
    }

    @AfterAll
    static void stop() {
        testkit.close();
    }

    @Test
    void speaksAsDocumentedAndLeavesNothingOut() throws Exception {
        String canceled = idOf(testkit.canceled());
        String forgotten = idOf(testkit.forgotten());
        String failed = idOf(testkit.failed());
        String running = idOf(testkit.running());
        try (TestSocket socket = TestSocket.connect(testkit.gateway())) {
            say(socket, "{'type':'hello','token':'any'}");
            hearUntil(socket, "welcome");
            say(socket, "{'type':'ping'}");
            hearUntil(socket, "pong");
            say(socket, "{'type':'submit','ref':'a','kind':'echo','input':[1],'options':{'cost':1,'timeout':9}}");
            String id = hearUntil(socket, "accepted").path("id").asString();
            say(socket, "{'type':'credit','n':1000}");
            say(socket, "{'type':'subscribe','ref':'b','id':'" + id + "','after':0}");
            hearUntil(socket, "end");
            say(socket, "{'type':'subscribe','id':'" + failed + "'}");
            hearUntil(socket, "end");
            say(socket, "{'type':'subscribe','id':'" + canceled + "'}");
            hearUntil(socket, "end");
            say(socket, "{'type':'subscribe','id':'" + forgotten + "','after':2}");
            hearUntil(socket, "reset");
            hearUntil(socket, "end");
            say(socket, "{'type':'unsubscribe','id':'" + forgotten + "'}");
            say(socket, "{'type':'submit','ref':'c','kind':'no-such-kind','input':null}");
            hearUntil(socket, "problem");
            say(socket, "{'type':'cancel','ref':'d','id':'" + running + "'}");
            hearUntil(socket, "accepted");
            say(socket, "{'type':'cancel','ref':'e','id':'" + id + "'}");
            hearUntil(socket, "problem");
        }

        assertThat(said).isEqualTo(contract.frames(SAID));
        assertThat(heard).isEqualTo(contract.frames(HEARD));
        // No sample kind has output besides its result.
        events.add("dev.sluice.request.output.v1");
        assertThat(events).isEqualTo(contract.events());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'nonsense'}",
                "{'type':'submit','kind':'echo'}",
                "{'type':'credit'}",
                "{'type':'credit','n':1000001}"
            })
    void closesOnWhatIsNotDocumented(String quoted) throws Exception {
        try (TestSocket socket = greeted()) {
            sayUndocumented(socket, quoted);

            assertThat(socket.closeCode()).isEqualTo(4400);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'submit','kind':'echo','input':1,'options':{'cost':0}}",
                "{'type':'submit','kind':'echo','input':1,'options':{'delay':1}}",
                "{'type':'subscribe'}",
                "{'type':'subscribe','id':'req_1'}",
                "{'type':'cancel','label':'a=b'}"
            })
    void saysWhatIsWrongWithWhatIsNotDocumented(String quoted) throws Exception {
        try (TestSocket socket = greeted()) {
            sayUndocumented(socket, quoted);

            assertThat(hearUntil(socket, "problem")
                            .path("problem")
                            .path("status")
                            .asInt())
                    .isBetween(400, 499);
        }
    }

    private TestSocket greeted() throws Exception {
        TestSocket socket = TestSocket.connect(testkit.gateway());
        say(socket, "{'type':'hello'}");
        hearUntil(socket, "welcome");
        return socket;
    }

    private static void sayUndocumented(TestSocket socket, String quoted) {
        JsonNode frame = frame(quoted);
        assertThatThrownBy(() -> contract.checkFrame(SAID, frame)).isInstanceOf(AssertionError.class);
        socket.say(frame.toString());
    }

    private void say(TestSocket socket, String quoted) {
        JsonNode frame = frame(quoted);
        contract.checkFrame(SAID, frame);
        said.add(frame.path("type").asString());
        socket.say(frame.toString());
    }

    private JsonNode hearUntil(TestSocket socket, String type) throws InterruptedException {
        JsonNode frame;
        do {
            frame = socket.next();
            contract.checkFrame(HEARD, frame);
            heard.add(frame.path("type").asString());
            if (frame.has("event")) {
                events.add(frame.path("event").path("type").asString());
            }
        } while (!frame.path("type").asString().equals(type));
        return frame;
    }

    private static JsonNode frame(String quoted) {
        return Api.JSON.readTree(quoted.replace('\'', '"'));
    }

    private static String idOf(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
