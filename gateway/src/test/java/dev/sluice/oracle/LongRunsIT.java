package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Runs that may take longer than the broker waits for an ack. While they run, one of two processors and a gateway are
 * killed, and the broker comes back empty.
 */
@Execution(ExecutionMode.CONCURRENT)
class LongRunsIT {

    private static final int TOKENS = 8;
    private static final int RUNNING = 2 * TOKENS;
    private static final int WORK_MS = 25_000;
    private static final Duration SOON = Duration.ofMinutes(3);

    /** A run that may take more than a minute is long: that is what 6 min leave. */
    private static final Map<String, String> PATIENCE =
            Map.of("SLUICE_BROKER_CONSUMER_TIMEOUT", "6m", "SLUICE_KIND_DEFAULTS_TIMEOUT", "2m");

    private static final Map<String, String> PROCESSOR =
            Map.of("SLUICE_BROKER_CONSUMER_TIMEOUT", "6m", "SLUICE_PROCESSOR_TOKENS", Integer.toString(TOKENS));

    private static Cluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = Cluster.start(new Cluster.Plan(2, PATIENCE, List.of(PROCESSOR, PROCESSOR), false));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void runAgainOnlyIfTheirProcessorDied() throws Exception {
        int first = cluster.firstNumber();
        try (History history = new History(cluster.history())) {
            Caller caller = new Caller(history, cluster.apis());
            for (int number = first; number < first + RUNNING; number++) {
                assertThat(caller.submit(number, Mix.sleep(number, WORK_MS))).isPresent();
            }
            await("all run and hold no message (else the run is invalid)")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> cluster.count("from request where state = 3") == RUNNING
                            && cluster.rabbit()
                                            .queues()
                                            .get("sluice.work.v1.sleep")
                                            .unacked()
                                    == 0);
            cluster.processor(0).kill();
            cluster.gateway(0).kill();
            cluster.rabbit().restartEmpty();
            cluster.gateway(0).restart();
            cluster.processor(0).restart();

            await().atMost(SOON)
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> cluster.count("from request where state = 20") == RUNNING);
            history.close();
            Outcome outcome = Audit.of(cluster, "long runs, an empty broker and kills", first);
            assertThat(outcome.returned())
                    .as("only the runs of the dead processor came back, each once")
                    .isEqualTo(Map.of("lost", TOKENS));
        }
    }
}
