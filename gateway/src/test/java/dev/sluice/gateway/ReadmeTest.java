package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.processor.settings.KnownKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    private final String readme = read();

    @Test
    void listsEverySettingWithItsVariable() {
        assertThat(new KnownKeys(Start.SETTINGS).all())
                .map(key -> key.replace("*", "KIND"))
                .allSatisfy(
                        key -> assertThat(readme).contains("| `" + key + "` | `" + KnownKeys.variableOf(key) + "` |"));
    }

    @Test
    void listsNothingThatIsNoSetting() {
        KnownKeys known = new KnownKeys(Start.SETTINGS);

        assertThat(section("## Configuration").lines().filter(line -> line.startsWith("| `sluice.")))
                .map(line -> line.substring(3, line.indexOf('`', 3)))
                .isNotEmpty()
                .allMatch(key -> known.all().contains(key.replace("KIND", "*")));
    }

    /** Its text up to the next heading of its level; the metrics have a table of their own. */
    private String section(String heading) {
        int begin = readme.indexOf(heading);
        return readme.substring(begin, readme.indexOf("\n## ", begin + heading.length()));
    }

    private static String read() {
        try {
            return Files.readString(Path.of("../README.md"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
