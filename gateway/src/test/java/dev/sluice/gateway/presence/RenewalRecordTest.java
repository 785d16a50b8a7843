package dev.sluice.gateway.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RenewalRecordTest {

    private long nanos = Long.MAX_VALUE - 1_000;
    private final RenewalRecord record = new RenewalRecord(Duration.ofSeconds(6), () -> nanos);

    @Test
    void isSteadyOnceTheLeaseWasRenewedForAsLongAsItLasts() {
        assertThat(record.isSteady()).isFalse();
        renewFor(4);
        assertThat(record.isSteady()).isFalse();
        renewFor(2);

        assertThat(record.isSteady()).isTrue();
    }

    @Test
    void isNotSteadyWhileNothingIsRenewed() {
        renewFor(60);
        pass(7);

        assertThat(record.isSteady()).isFalse();
    }

    /** Postgres was away: the rows of all gateways are old, and none of these gateways has died. */
    @Test
    void isNotSteadyForALeaseAfterAGap() {
        renewFor(60);
        pass(7);
        record.renewed();
        assertThat(record.isSteady()).isFalse();

        renewFor(6);
        assertThat(record.isSteady()).isTrue();
    }

    private void renewFor(int seconds) {
        record.renewed();
        for (int second = 0; second < seconds; second++) {
            pass(1);
            record.renewed();
        }
    }

    private void pass(int seconds) {
        nanos += Duration.ofSeconds(seconds).toNanos();
    }
}
