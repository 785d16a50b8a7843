package dev.sluice.gateway.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class IntakeBatchPropertiesTest {

    @Test
    void handsThePauseOnUpToItsBound() {
        Duration longest = Duration.ofMillis(100);

        assertThat(withPause(longest).toLimits().pause()).isEqualTo(longest);
        assertThat(withPause(Duration.ZERO).toLimits().pause()).isZero();
    }

    @Test
    void refusesAPauseBeyondItsBounds() {
        assertThatThrownBy(() -> withPause(Duration.ofMillis(100).plusNanos(1)))
                .hasMessageContaining("sluice.intake.batch.pause")
                .hasMessageContaining("0 to 100ms");
        assertThatThrownBy(() -> withPause(Duration.ofMillis(-1))).hasMessageContaining("sluice.intake.batch.pause");
    }

    private static IntakeBatchProperties withPause(Duration pause) {
        return new IntakeBatchProperties(1, 256, DataSize.ofMegabytes(4), 4_096, DataSize.ofMegabytes(64), pause);
    }
}
