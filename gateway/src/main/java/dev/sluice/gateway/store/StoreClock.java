package dev.sluice.gateway.store;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Postgres' clock, as this gateway knows it: the order of requests, due times and retention never compare the clocks of
 * two machines. {@link StoreGuard} reads Postgres' clock every few seconds; in between, this JVM's monotonic clock goes
 * on from there, so that a jump of the machine's clock changes nothing. Until the first reading it is the machine's
 * clock.
 *
 * <p>Each reading tells a range: Postgres gave its time while the statement was on its way. A time that this clock says
 * within the range stays as it is; else it moves to the nearest end of the range. So the clock is no further off than
 * the fastest reading took, and Postgres' own jumps are followed. Thread-safe.
 */
public final class StoreClock extends Clock {

    private static final Logger log = LoggerFactory.getLogger(StoreClock.class);

    /** A machine whose clock is further off needs a person who sets it. */
    private static final Duration WORTH_A_WARNING = Duration.ofSeconds(1);

    private final Clock machine;
    private final LongSupplier nanoTime;
    private final AtomicReference<@Nullable Reading> last = new AtomicReference<>();

    /** What Postgres' clock said when the monotonic clock said {@code nanos}. */
    private record Reading(Instant time, long nanos) {

        Instant at(long nanosNow) {
            return time.plusNanos(nanosNow - nanos);
        }
    }

    /** @param nanoTime monotonic, as {@link System#nanoTime} */
    public StoreClock(Clock machine, LongSupplier nanoTime) {
        this.machine = machine;
        this.nanoTime = nanoTime;
    }

    /** To be called before Postgres is asked for its time; the answer belongs to {@link #read}. */
    long beginReading() {
        return nanoTime.getAsLong();
    }

    /** Postgres gave this time between {@code begun} and now. */
    void read(Instant time, long begun) {
        long now = nanoTime.getAsLong();
        Instant latest = time.plusNanos(now - begun);
        Reading before = last.get();
        if (before == null) {
            warnIfMachineDiffers(time, latest);
        }
        Instant believed = before == null ? machine.instant() : before.at(now);
        last.set(new Reading(clamped(believed, time, latest), now));
    }

    /** How far the machine's clock is ahead of this one; negative if it is behind. */
    Duration machineAhead() {
        return Duration.between(instant(), machine.instant());
    }

    @Override
    public Instant instant() {
        Reading reading = last.get();
        return reading == null ? machine.instant() : reading.at(nanoTime.getAsLong());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        InstantSource instants = () -> instant(); // not this: it would ask itself
        return instants.withZone(zone);
    }

    private static Instant clamped(Instant believed, Instant earliest, Instant latest) {
        if (believed.isBefore(earliest)) {
            return earliest;
        }
        return believed.isAfter(latest) ? latest : believed;
    }

    private void warnIfMachineDiffers(Instant earliest, Instant latest) {
        Instant machineNow = machine.instant();
        Duration off = Duration.between(clamped(machineNow, earliest, latest), machineNow);
        if (off.abs().compareTo(WORTH_A_WARNING) > 0) {
            log.atWarn().addKeyValue("ahead_ms", off.toMillis()).log("clock.differs_from_postgres");
        }
    }
}
