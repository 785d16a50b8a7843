package dev.sluice.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class StoreClockTest {

    private static final Instant POSTGRES = Instant.parse("2026-11-01T12:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);

    private Instant machine = POSTGRES.plus(HOUR);
    private long nanos = Long.MAX_VALUE - 1_000;
    private final StoreClock clock = new StoreClock(new MachineClock(), () -> nanos);

    @Test
    void isTheMachinesClockUntilPostgresWasRead() {
        assertThat(clock.instant()).isEqualTo(machine);
    }

    @Test
    void goesOnFromWhatPostgresSaid() {
        read(POSTGRES, 0);
        pass(Duration.ofSeconds(7));

        assertThat(clock.instant()).isEqualTo(POSTGRES.plusSeconds(7));
        assertThat(clock.machineAhead()).isEqualTo(HOUR);
    }

    @Test
    void jumpsWithNoMachine() {
        read(POSTGRES, 0);
        machine = machine.minus(Duration.ofDays(1));

        assertThat(clock.instant()).isEqualTo(POSTGRES);
        assertThat(clock.machineAhead()).isEqualTo(HOUR.minusDays(1));
    }

    @Test
    void isNotMovedByAReadingThatTookLong() {
        read(POSTGRES, 0);
        read(POSTGRES.plusMillis(100), 900);

        assertThat(clock.instant()).isEqualTo(POSTGRES.plusMillis(900));
    }

    @Test
    void followsPostgresIfItsClockJumps() {
        read(POSTGRES, 0);

        read(POSTGRES.minus(HOUR), 10);
        assertThat(clock.instant()).isEqualTo(POSTGRES.minus(HOUR).plusMillis(10));

        read(POSTGRES.plus(HOUR), 10);
        assertThat(clock.instant()).isEqualTo(POSTGRES.plus(HOUR));
    }

    private void read(Instant said, int millis) {
        long begun = clock.beginReading();
        pass(Duration.ofMillis(millis));
        clock.read(said, begun);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
        machine = machine.plus(time);
    }

    private final class MachineClock extends Clock {

        @Override
        public Instant instant() {
            return machine;
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }
}
