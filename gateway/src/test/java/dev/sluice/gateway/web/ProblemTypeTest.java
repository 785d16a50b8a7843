package dev.sluice.gateway.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemTypeTest {

    @ParameterizedTest
    @EnumSource(ProblemType.class)
    void every503SaysWhenToComeBack(ProblemType type) {
        Answer answer = Answer.problem(new Problem(type, "anything"), "trace");

        assertThat(answer.headers().containsHeader("Retry-After")).isEqualTo(type.status() == 503);
        assertThat(type.retryable() || type.status() != 503).isTrue();
    }
}
