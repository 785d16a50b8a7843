package dev.sluice.processor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Fence;
import dev.sluice.message.Report;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class VerdictTest {

    @Test
    void asksForAPauseOfOneAttemptWithinItsBoundsForWhatIsLate() {
        assertThat(pauseOfLate(Duration.ofMillis(10))).isEqualTo(Duration.ofSeconds(1));
        assertThat(pauseOfLate(Duration.ofSeconds(20))).isEqualTo(Duration.ofSeconds(20));
        assertThat(pauseOfLate(Duration.ofMinutes(25))).isEqualTo(Duration.ofSeconds(60));
    }

    private static Duration pauseOfLate(Duration timeout) {
        Report report = Verdict.afterTold(EndReason.LATE, timeout, 1)
                .at(TestWork.newId(), new Fence(1, 0), 1, TestWork.ACCEPTED_AT);
        return ((Report.Released) report).pause();
    }
}
