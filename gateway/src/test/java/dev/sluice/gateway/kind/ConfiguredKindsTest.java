package dev.sluice.gateway.kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sluice.settings.Setting;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class ConfiguredKindsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "window | 0 | 1 to 100000, was 0",
                "window | 100001 | 1 to 100000, was 100001",
                "max-envelope | 257 | 1 to 256, was 257",
                "max-attempts | 0 | 1 to 100, was 0",
                "timeout | 25h | 1ms to 24h, was PT25H",
                "timeout | soon | a duration like 500ms, 10s or 5m, was soon",
                "backoff | 0s | more than 0ms, was PT0S",
                "max-backoff | 1ms | at least backoff, was PT0.001S",
                "max-payload | 2MB | 1B to 1MB, was 2097152B",
                "max-payload | big | a size like 64KB or 1MB, was big",
                "max-result | 0B | 1B to 1MB, was 0B",
                "max-backlog | 0 | at least 1, was 0",
                "max-backlog-bytes | 0B | positive, was 0B",
                "retention | 59m | 1h to 90d, was PT59M"
            })
    void saysWhichKeyOfWhichKindIsWrongAndWhatItMayBe(String key, String value, String allowed) {
        for (String place : new String[] {"sluice.kinds.some-kind.", "sluice.kind-defaults."}) {
            Throwable failure = catchThrowable(() -> bind(place + key, value));

            assertThat(Setting.complaint(failure)).isEqualTo(place + key + " must be " + allowed);
        }
    }

    @ParameterizedTest
    @CsvSource({"Upper", "-dash", "under_score"})
    void refusesWhatIsNoNameOfAKind(String kind) {
        Throwable failure = catchThrowable(() -> bind("sluice.kinds[" + kind + "].window", "5"));

        assertThat(Setting.complaint(failure)).startsWith("sluice.kinds." + kind + " must be named with");
    }

    private static ConfiguredKinds bind(String key, String value) {
        return new Binder(new MapConfigurationPropertySource(Map.of(key, value)))
                .bindOrCreate("sluice", ConfiguredKinds.class);
    }
}
