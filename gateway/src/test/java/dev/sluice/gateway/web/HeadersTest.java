package dev.sluice.gateway.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadersTest {

    @Test
    void readsPreferencesOverSeveralHeaders() {
        Prefer prefer = Prefer.of(List.of("respond-async, handling=strict", "WAIT = 10; x=y", "wait=3"));

        assertThat(prefer).isEqualTo(new Prefer(true, 10));
        assertThat(prefer.applied()).isEqualTo("respond-async, wait=10");
    }

    @ParameterizedTest
    @ValueSource(strings = {"wait=61", "wait=-1", "wait=", "wait=1.5", "wait=+1", "wait=9999999999999", "wait=٣"})
    void refusesAWaitOutOfRange(String header) {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Prefer.of(List.of(header)))
                .withMessageContaining("Prefer: wait must be a whole number from 0 to 60");
    }

    @Test
    void comparesEntityTagsWeakly() {
        assertThat(ETags.matches(List.of("\"3\", W/\"7\""), 7)).isTrue();
        assertThat(ETags.matches(List.of("*"), 7)).isTrue();
        assertThat(ETags.matches(List.of("\"17\""), 7)).isFalse();
        assertThat(ETags.seqOf(List.of("W/\"7\""))).isEqualTo(7);
        assertThat(ETags.seqOf(List.of("\"x\""))).isEqualTo(-1);
        assertThat(ETags.seqOf(List.of())).isEqualTo(-1);
    }

    @Test
    void takesTheTraceOfTheCallerOrMakesOne() {
        String valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

        assertThat(TraceIds.of(valid)).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
        assertThat(TraceIds.valid(valid.toUpperCase(java.util.Locale.ROOT))).isNull();
        assertThat(TraceIds.valid("00-00000000000000000000000000000000-00f067aa0ba902b7-01"))
                .isNull();
        assertThat(TraceIds.of("nonsense")).hasSize(32);
    }
}
