package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.processor.ProcessorSettings;
import dev.sluice.settings.KnownKeys;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/** The README's table of settings matches the settings records: no key is missing, and each key has a meaning. */
class ReadmeTest {

    /** Keys of the processor may stand in the same file, and in the same table. */
    @EnableConfigurationProperties(ProcessorSettings.class)
    private static final class ProcessorKeys {}

    private static final String DEFAULTS = "sluice.kind-defaults.";
    private static final String ALL_OF_THEM = "…";

    private final Map<String, String> variables = variablesByKey(new Readme().section("Configuration"));

    @Test
    void listsEverySettingAndNothingElse() {
        assertThat(variables.keySet()).containsExactlyInAnyOrderElementsOf(settings());
    }

    @Test
    void namesTheVariableOfEachSetting() {
        assertThat(variables).allSatisfy((key, variable) -> assertThat(variable).isEqualTo(KnownKeys.variableOf(key)));
    }

    @Test
    void letsOneRowStandForAllKeysOfAKind() {
        Map<String, String> read = variablesByKey("""
                | `sluice.kind-defaults.window` | `SLUICE_KIND_DEFAULTS_WINDOW` | 1 |
                | `sluice.kind-defaults.max-envelope` | `SLUICE_KIND_DEFAULTS_MAX_ENVELOPE` | 1 |
                | `sluice.kinds.KIND.…` | `SLUICE_KINDS_KIND_…` | |
                """);

        assertThat(read)
                .hasSize(4)
                .containsEntry("sluice.kinds.KIND.window", "SLUICE_KINDS_KIND_WINDOW")
                .containsEntry("sluice.kinds.KIND.max-envelope", "SLUICE_KINDS_KIND_MAX_ENVELOPE");
    }

    private static Collection<String> settings() {
        return new KnownKeys(Launch.settings(List.of(GatewayAssembly.class, ProcessorKeys.class)))
                .all().stream().map(key -> key.replace("*", "KIND")).toList();
    }

    /** A key that ends with an ellipsis stands for every key of the kinds' defaults that the table lists. */
    private static Map<String, String> variablesByKey(String table) {
        Map<String, String> variables = new TreeMap<>();
        for (Row row : table.lines().filter(Row::isSetting).map(Row::of).toList()) {
            for (String end : row.isForAll() ? endsOfDefaults(table) : List.of("")) {
                variables.put(row.start(row.key) + end, row.start(row.variable) + KnownKeys.variableOf(end));
            }
        }
        return variables;
    }

    private static List<String> endsOfDefaults(String table) {
        return table.lines()
                .filter(Row::isSetting)
                .map(line -> Row.of(line).key)
                .filter(key -> key.startsWith(DEFAULTS))
                .map(key -> key.substring(DEFAULTS.length()))
                .toList();
    }

    /** A line of the table: its first two columns. */
    private record Row(String key, String variable) {

        static boolean isSetting(String line) {
            return line.startsWith("| `sluice.");
        }

        static Row of(String line) {
            String[] parts = line.split("`", 5);
            return new Row(parts[1], parts[3]);
        }

        boolean isForAll() {
            return key.endsWith(ALL_OF_THEM);
        }

        String start(String name) {
            return name.replace(ALL_OF_THEM, "");
        }
    }
}
