package dev.sluice.gateway.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class JsonCheckTest {

    private static final JsonFactory JACKSON = new JsonFactory();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                " true ",
                "0",
                "-0",
                "-1.5e+10",
                "1E400",
                "\"\"",
                "\"\\u0000\\ud800\"",
                "[]",
                "{}",
                "[[],{}]",
                "{\"a\":1,\"a\":[2,{\"b\":null}]}",
                "\"äöü 😀 \\\\ \\\" \\/\"",
                "\t[ 1 ,\r\n2 ]\n",
                "12345678901234567890123456789012345678901234567890"
            })
    void acceptsAllTextsThatTheStandardAllows(String json) {
        assertThat(check(json)).isNegative();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "nul",
                "truer",
                "01",
                "-",
                "1.",
                ".5",
                "1e",
                "+1",
                "NaN",
                "'a'",
                "\"a",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\n\"",
                "[",
                "]",
                "[1",
                "[1,]",
                "[,1]",
                "[1 2]",
                "{",
                "}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{a:1}",
                "{\"a\" 1}",
                "[}",
                "{]",
                "1 2",
                "[] []",
                "// no\n1",
                "\uFEFF1",
                "{\"a\":1]",
                "[1}",
                "\u0000"
            })
    void refusesTextsThatTheStandardForbids(String json) {
        assertThat(check(json)).isNotNegative();
    }

    @Test
    void namesTheByteWhereItStopped() {
        assertThat(check("{\"a\":1,x}")).isEqualTo(7);
    }

    @Test
    void refusesInvalidUtf8InStrings() {
        int[][] invalid = {
            {0x80},
            {0xc0, 0x80},
            {0xc1, 0xbf},
            {0xc3},
            {0xe0, 0x80, 0x80},
            {0xed, 0xa0, 0x80},
            {0xf0, 0x80, 0x80, 0x80},
            {0xf4, 0x90, 0x80, 0x80},
            {0xf5, 0x80, 0x80, 0x80},
            {0xff},
            {0xe2, 0x82},
            {0xc3, 0x28}
        };
        for (int[] bytes : invalid) {
            assertThat(JsonCheck.firstError(quoted(bytes))).isNotNegative();
        }
    }

    @Test
    void takesTheDeepestAndNotOneMore() {
        assertThat(check("[".repeat(64) + "]".repeat(64))).isNegative();
        assertThat(check("[".repeat(65) + "]".repeat(65))).isEqualTo(64);
        assertThat(check("{\"a\":".repeat(64) + "1" + "}".repeat(64))).isNegative();
        assertThat(check("{\"a\":".repeat(65) + "1" + "}".repeat(65))).isNotNegative();
    }

    @Test
    void takesTheLongestAndNotOneMore() {
        assertThat(check('"' + "x".repeat(1 << 20) + '"')).isNegative();
        assertThat(check('"' + "x".repeat((1 << 20) + 1) + '"')).isNotNegative();
        assertThat(check("9".repeat(100))).isNegative();
        assertThat(check("9".repeat(101))).isNotNegative();
        assertThat(check("{\"" + "n".repeat(1 << 10) + "\":1}")).isNegative();
        assertThat(check("{\"" + "n".repeat((1 << 10) + 1) + "\":1}")).isNotNegative();
    }

    /** One wrong byte in valid documents: both must say the same of each. */
    @Test
    void agreesWithJacksonOnMutations() {
        byte[] seedDocument = "{\"a\":[1,-2.5e3,\"\\u00e9\\n\",true,false,null,{}],\"b\":{\"c\":\"é\"}}"
                .getBytes(StandardCharsets.UTF_8);
        byte[] alphabet = "{}[]:,\"\\eE+-.0123tfnul \n\u00e9x".getBytes(StandardCharsets.UTF_8);
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            byte[] json = seedDocument.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                json[random.nextInt(json.length)] = alphabet[random.nextInt(alphabet.length)];
            }

            assertThat(JsonCheck.firstError(json) < 0)
                    .as("seed %d: %s", seed, new String(json, StandardCharsets.UTF_8))
                    .isEqualTo(jacksonAccepts(json));
        }
    }

    private static boolean jacksonAccepts(byte[] json) {
        try (JsonParser parser = JACKSON.createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() == null) {
                return false;
            }
            int depth = 0;
            do {
                parser.finishToken();
                depth += parser.currentToken().isStructStart()
                        ? 1
                        : parser.currentToken().isStructEnd() ? -1 : 0;
            } while (depth > 0 && parser.nextToken() != null);
            return depth == 0 && parser.nextToken() == null;
        } catch (JacksonException _) {
            return false;
        }
    }

    private static byte[] quoted(int[] bytes) {
        byte[] json = new byte[bytes.length + 2];
        json[0] = '"';
        for (int i = 0; i < bytes.length; i++) {
            json[i + 1] = (byte) bytes[i];
        }
        json[json.length - 1] = '"';
        return json;
    }

    private static int check(String json) {
        return JsonCheck.firstError(json.getBytes(StandardCharsets.UTF_8));
    }
}
