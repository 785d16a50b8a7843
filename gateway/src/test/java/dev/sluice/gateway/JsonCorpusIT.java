package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** JSON that breaks careless readers is refused or kept to the byte, never a failure of ours. */
@Timeout(120)
class JsonCorpusIT {

    private static final String ECHO = "/v1/requests/echo";

    private final Api api = SharedGateway.api();

    static Stream<Arguments> kept() {
        return Stream.of(
                text("depth 64", "[".repeat(64) + "]".repeat(64)),
                text("number of 100 digits", "9".repeat(100)),
                text("number out of any double", "-1E+999999999"),
                text("trailing zeros", "{\"price\":1.10000000000000000000}"),
                text("escaped NUL", "\"\\u0000\""),
                text("escaped lone high surrogate", "[\"\\ud800\"]"),
                text("escaped lone low surrogate", "{\"\\udfff\":1}"),
                text("duplicate keys", "{\"a\":1,\"a\":2}"),
                text("key __proto__", "{\"__proto__\":{}}"),
                text("space around", " \t\r\n{ } \n"),
                text("not characters", "\"\uffff\ufffe\ud83f\udfff\""),
                text("name of 1 KiB", "{\"" + "n".repeat(1_024) + "\":0}"),
                text("string of 900 KB", "\"" + "s".repeat(900_000) + "\""));
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                text("nothing", ""),
                text("space", " "),
                text("depth 65", "[".repeat(65) + "]".repeat(65)),
                text("a million open", "[".repeat(1_000_000)),
                text("objects without end", "{\"a\":".repeat(100_000)),
                text("number of 101 digits", "9".repeat(101)),
                text("number of 1 MB", "1".repeat(1_000_000)),
                text("leading zero", "01"),
                text("NaN", "NaN"),
                text("two values", "{}{}"),
                text("trailing comma", "[1,]"),
                text("comment", "{}//"),
                text("single quotes", "{'a':1}"),
                text("raw NUL in a string", "\"\0\""),
                text("raw NUL behind", "{}\0"),
                text("name of 1 KiB and one", "{\"" + "n".repeat(1_025) + "\":0}"),
                hex("byte order mark", "efbbbf7b7d"),
                hex("UTF-16", "feff007b007d"),
                hex("broken UTF-8", "22c32822"),
                hex("UTF-8 cut off", "22e282"),
                hex("overlong NUL", "22c08022"),
                hex("surrogate in UTF-8", "22eda08022"),
                hex("beyond Unicode", "22f490808022"),
                hex("no UTF-8 at all", "22ff22"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kept")
    void keepsWhatTheStandardAllows(String name, byte[] json) {
        String id = Api.idOf(post(json));

        api.awaitDone(id);
        assertThat(api.get(Api.path(id) + "/result").body()).isEqualTo(json);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void refusesWhatIsNoJson(String name, byte[] json) {
        Api.problem(post(json), 400, "malformed-json");
    }

    private HttpResponse<byte[]> post(byte[] json) {
        return api.post(ECHO, json, "Content-Type", "application/json");
    }

    private static Arguments text(String name, String json) {
        return Arguments.of(name, json.getBytes(StandardCharsets.UTF_8));
    }

    private static Arguments hex(String name, String hex) {
        return Arguments.of(name, HexFormat.of().parseHex(hex));
    }
}
