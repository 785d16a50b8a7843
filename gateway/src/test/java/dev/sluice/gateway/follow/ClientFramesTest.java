package dev.sluice.gateway.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientFramesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "12345678901234567890.10",
                "{\"a\":[1, 2.50, {\"b\":\"}\"}], \"a\":1}",
                "\"text with \\\" and é\"",
                "null",
                "true",
                "-0",
                "[]",
                "[ ]"
            })
    void cutsTheInputOutByteByByte(String input) {
        ClientFrame frame = parse("{\"type\":\"submit\",\"ref\":\"r\",\"input\": " + input
                + " ,\"kind\":\"echo\",\"options\":{\"timeout\":3}}");

        assertThat(frame).isInstanceOfSatisfying(ClientFrame.Submit.class, submit -> {
            assertThat(new String(submit.input(), StandardCharsets.UTF_8)).isEqualTo(input);
            assertThat(submit.options().timeout()).isEqualTo(Duration.ofSeconds(3));
            assertThat(submit.kind()).isEqualTo("echo");
        });
    }

    @Test
    void cutsAnInputAtTheVeryEnd() {
        ClientFrame frame = parse("{\"type\":\"submit\",\"kind\":\"echo\",\"input\":17}");

        assertThat(frame)
                .isInstanceOfSatisfying(
                        ClientFrame.Submit.class,
                        submit -> assertThat(submit.input()).containsExactly('1', '7'));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{}",
                "{\"type\":\"dance\"}",
                "{\"type\":\"ping\"} {}",
                "{\"type\":\"credit\",\"n\":0}",
                "{\"type\":\"credit\",\"n\":1000001}",
                "{\"type\":\"credit\",\"n\":99999999999999}",
                "{\"type\":\"subscribe\",\"id\":\"req_01a1fd0c-6eb3-77b1-838c-3bd03d9437e8\",\"after\":-1}",
                "{\"type\":\"submit\",\"kind\":\"echo\"}",
                "{\"type\":[1]}"
            })
    void refusesBytesThatAreNoFrame(String text) {
        assertThatExceptionOfType(FrameException.class)
                .isThrownBy(() -> parse(text))
                .satisfies(refused -> assertThat(refused.problem()).isNull());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"submit\",\"ref\":\"r\",\"kind\":\"echo\",\"input\":1,\"options\":{\"priority\":1}}",
                "{\"type\":\"submit\",\"ref\":\"r\",\"kind\":\"echo\",\"input\":1,\"options\":{\"cost\":0}}",
                "{\"type\":\"submit\",\"ref\":\"r\",\"kind\":\"echo\",\"input\":1,\"options\":{\"cost\":\"1\"}}",
                "{\"type\":\"subscribe\",\"ref\":\"r\",\"label\":\"team=a\"}"
            })
    void saysWhichOptionIsNotOffered(String text) {
        assertThatExceptionOfType(FrameException.class)
                .isThrownBy(() -> parse(text))
                .satisfies(refused -> {
                    assertThat(refused.ref()).isEqualTo("r");
                    assertThat(refused.problem()).extracting(Problem::type).isEqualTo(ProblemType.INVALID_OPTION);
                });
    }

    private static ClientFrame parse(String text) {
        return ClientFrames.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
