package dev.sluice.gateway.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class JsonBytesTest {

    @Test
    void writesNestedDocuments() {
        JsonBytes json = new JsonBytes(1).beginObject();
        json.name("a")
                .value("x")
                .name("b")
                .beginArray()
                .value(1)
                .value(true)
                .beginObject()
                .endObject()
                .endArray();
        json.name("c").raw("{\"d\":\n1}").endObject();

        assertThat(json.toString()).isEqualTo("{\"a\":\"x\",\"b\":[1,true,{}],\"c\":{\"d\": 1}}");
    }

    @Test
    void escapesEveryCharacterSoThatAParserReadsItBack() {
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < Character.MIN_SURROGATE; c++) {
            all.append(c);
        }
        all.append("😀");

        byte[] json = new JsonBytes(16).value(all.toString()).toBytes();

        assertThat(new JsonMapper().readValue(json, String.class)).isEqualTo(all.toString());
        assertThat(new String(json, StandardCharsets.UTF_8)).doesNotContain("\n", "\r", "\u2028", "\u0085");
    }

    @Test
    void keepsALoneSurrogateAsAnEscape() {
        assertThat(new JsonBytes(16).value("\ud800x").toString()).isEqualTo("\"\\ud800x\"");
    }
}
