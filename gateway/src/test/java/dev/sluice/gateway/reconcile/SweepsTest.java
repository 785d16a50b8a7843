package dev.sluice.gateway.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

class SweepsTest {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();

    @Test
    void runsEachSweepAgainAfterItsOwnPause() {
        TimedSweep usual = new TimedSweep(Sweep.USUAL_PAUSE);
        TimedSweep rarer = new TimedSweep(Duration.ofSeconds(5));
        Sweeps sweeps = new Sweeps(List.of(usual, rarer), time, new SimpleMeterRegistry());

        sweeps.start().subscribe();
        time.advanceTimeBy(Duration.ofSeconds(10));

        assertThat(usual.seconds).containsExactly(0L, 2L, 4L, 6L, 8L, 10L);
        assertThat(rarer.seconds).containsExactly(0L, 5L, 10L);
    }

    /** Notes when it runs. */
    private final class TimedSweep implements Sweep {

        private final Duration pause;
        private final List<Long> seconds = new ArrayList<>();

        TimedSweep(Duration pause) {
            this.pause = pause;
        }

        @Override
        public Mono<Integer> run() {
            seconds.add(time.now(TimeUnit.SECONDS));
            return Mono.just(0);
        }

        @Override
        public String name() {
            return "timed";
        }

        @Override
        public Duration pause() {
            return pause;
        }
    }
}
