package dev.sluice.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class KnownKeysTest {

    @ConfigurationProperties("sluice.sample")
    record SampleSettings(int maxSize, Map<String, Part> parts, List<String> addresses, Part part) {}

    record Part(String nameOf) {}

    @ConfigurationProperties("sluice")
    record WithoutGroup(int maxKinds, Map<String, Part> kinds) {}

    private final KnownKeys known = new KnownKeys(List.of(SampleSettings.class));

    @Test
    void readsTheKeysOffTheRecords() {
        assertThat(known.all())
                .containsExactly(
                        "sluice.sample.addresses",
                        "sluice.sample.max-size",
                        "sluice.sample.part.name-of",
                        "sluice.sample.parts.*.name-of");
    }

    @Test
    void knowsItsKeys() {
        assertThat(List.of(
                        "sluice.sample.max-size",
                        "sluice.sample.addresses[1]",
                        "sluice.sample.parts.some-kind.name-of"))
                .allMatch(known::isKnown);
    }

    @Test
    void knowsBothWaysToWriteAVariable() {
        assertThat(List.of(
                        "SLUICE_SAMPLE_MAX_SIZE",
                        "SLUICE_SAMPLE_MAXSIZE",
                        "SLUICE_SAMPLE_ADDRESSES_0",
                        "SLUICE_SAMPLE_PARTS_ECHO_NAME_OF"))
                .allMatch(known::isKnownVariable);
    }

    @Test
    void refusesAnUnknownKeyAndNamesTheNearest() {
        StandardEnvironment environment = environment();
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("some file", Map.of("sluice.sample.max-sice", "1")));

        assertThatThrownBy(() -> known.check(environment))
                .isInstanceOfSatisfying(UnknownKeyException.class, unknown -> {
                    assertThat(unknown.key()).isEqualTo("sluice.sample.max-sice");
                    assertThat(unknown.nearest()).isEqualTo("sluice.sample.max-size");
                    assertThat(unknown.source()).isEqualTo("some file");
                });
    }

    @Test
    void refusesAnUnknownVariableAndNamesTheNearest() {
        StandardEnvironment environment = withVariable("SLUICE_SAMPLE_MAXIMUM_SIZE");

        assertThatThrownBy(() -> known.check(environment))
                .isInstanceOfSatisfying(
                        UnknownKeyException.class,
                        unknown -> assertThat(unknown.nearest()).isEqualTo("SLUICE_SAMPLE_MAX_SIZE"));
    }

    @Test
    void tellsOfAVariableOfNoGroupAndGoesOn() {
        Logger logger = (Logger) LoggerFactory.getLogger(KnownKeys.class);
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.start();
        logger.addAppender(said);

        try {
            known.check(withVariable("SLUICE_HOME"));
        } finally {
            logger.detachAppender(said);
        }

        assertThat(said.list).singleElement().satisfies(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.WARN);
            assertThat(line.getKeyValuePairs().toString()).contains("SLUICE_HOME", "SLUICE_SAMPLE_");
        });
    }

    @Test
    void takesNoVariableForItsOwnBecauseOfAKeyWithoutAGroup() {
        KnownKeys alone = new KnownKeys(List.of(WithoutGroup.class));

        assertThatCode(() -> alone.check(withVariable("SLUICE_HOME"))).doesNotThrowAnyException();
        assertThat(alone.isKnownVariable("SLUICE_MAX_KINDS")).isTrue();
    }

    /** Without the properties of this JVM: the switches of a test run are no settings. */
    private static StandardEnvironment environment() {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().remove(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
        return environment;
    }

    private static StandardEnvironment withVariable(String name) {
        StandardEnvironment environment = environment();
        String variables = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
        environment
                .getPropertySources()
                .replace(variables, new SystemEnvironmentPropertySource(variables, Map.of(name, "1")));
        return environment;
    }

    @Test
    void leavesKeysOfOthersAlone() {
        StandardEnvironment environment = environment();
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("some file", Map.of("server.prot", "1", "sluices.open", "yes")));

        known.check(environment);
    }

    @Test
    void measuresHowDifferentTwoNamesAre() {
        assertThat(KnownKeys.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(KnownKeys.distance("", "abc")).isEqualTo(3);
    }
}
