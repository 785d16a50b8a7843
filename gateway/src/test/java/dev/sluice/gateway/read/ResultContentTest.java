package dev.sluice.gateway.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.web.Answer;
import dev.sluice.message.Payload;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultContentTest {

    @ParameterizedTest
    @ValueSource(strings = {"\"a/b\"", "nonsense", "a/b\r\nX: y"})
    void servesBytesWhereAProcessorNamedNoMediaType(String contentType) {
        Answer answer = ResultContent.answer(new Payload(contentType, new byte[1]));

        assertThat(answer.headers().getFirst("Content-Type")).isEqualTo(Payload.BINARY);
    }
}
