package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.processor.ProcessorSettings;
import dev.sluice.settings.KnownKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

class ReadmeTest {

    /** Of the gateway and of the processor, whose keys may stand in one file. */
    private static final List<Class<? extends Record>> SETTINGS =
            Launch.settings(List.of(GatewayAssembly.class, ProcessorKeys.class));

    @EnableConfigurationProperties(ProcessorSettings.class)
    private static final class ProcessorKeys {}

    private final String readme = read();

    @Test
    void listsEverySettingWithItsVariable() {
        assertThat(new KnownKeys(SETTINGS).all())
                .map(key -> key.replace("*", "KIND"))
                .allSatisfy(
                        key -> assertThat(readme).contains("| `" + key + "` | `" + KnownKeys.variableOf(key) + "` |"));
    }

    @Test
    void listsNothingThatIsNoSetting() {
        KnownKeys known = new KnownKeys(SETTINGS);

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
