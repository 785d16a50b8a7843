package dev.sluice.gateway.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemTypeTest {

    @ParameterizedTest
    @EnumSource(ProblemType.class)
    void every503SaysWhenToComeBack(ProblemType type) {
        Answer answer = Answer.problem(new Problem(type, "anything"), "trace");

        assertThat(answer.headers().containsHeader("Retry-After")).isEqualTo(type.status() == 503);
    }

    /** Of all 503 only one may have done what was asked: to repeat it could do it twice. */
    @Test
    void aRefusalMayBeRepeatedUnlessItsOutcomeIsUnknown() {
        assertThat(ProblemType.values())
                .filteredOn(type -> type.status() == 503 && !type.retryable())
                .containsExactly(ProblemType.OUTCOME_UNKNOWN);
    }
}
