package dev.sluice.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class StoreClockTest {

    private static final Instant POSTGRES = Instant.parse("2026-11-01T12:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);

    private Instant machine = POSTGRES.plus(HOUR);
    private long nanos = Long.MAX_VALUE - 1_000;
    private final StoreClock clock = new StoreClock(machineClock(), () -> nanos);

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

    @Test
    void showsTheSameTimeInOtherZones() {
        read(POSTGRES, 0);
        Clock tokyo = clock.withZone(ZoneId.of("Asia/Tokyo"));
        pass(Duration.ofSeconds(7));

        assertThat(tokyo.instant()).isEqualTo(POSTGRES.plusSeconds(7));
        assertThat(tokyo.getZone()).isEqualTo(ZoneId.of("Asia/Tokyo"));
    }

    private Clock machineClock() {
        InstantSource instants = () -> machine;
        return instants.withZone(ZoneOffset.UTC);
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
}
