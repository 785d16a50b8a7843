package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.GatewayProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Runs that may take longer than the broker waits for an ack. While they run, one of two processors and a gateway are
 * killed, and the broker comes back empty; or a processor stops for longer than its lease.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the cluster of LongRunsIT") // one scenario after the other
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

    /** A processor asleep for its lease of 30 s has lost its runs; some looks at heartbeats later they run again. */
    private static final int ASLEEP_MS = 100_000;

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

    /** It wakes up, and goes on with runs whose requests run elsewhere. */
    @Test
    void endAtAProcessorThatSleptSoLongThatTheyRunElsewhere() throws Exception {
        int first = cluster.firstNumber();
        GatewayProcess sleeper = cluster.processor(0);
        try (History history = new History(cluster.history())) {
            Caller caller = new Caller(history, cluster.apis());
            List<UUID> ids = new ArrayList<>();
            for (int number = first; number < first + TOKENS; number++) {
                ids.add(caller.submit(number, Mix.sleep(number, ASLEEP_MS)).orElseThrow());
            }
            await().atMost(SOON).until(() -> cluster.count("from request where state = 3") == TOKENS);
            double atSleeper = tokensUsed(sleeper);
            double before = released(sleeper);
            sleeper.suspend();
            await("the other one runs all (else the run is invalid)")
                    .atMost(SOON)
                    .until(() -> tokensUsed(cluster.processor(1)) == TOKENS);
            sleeper.resume();

            await("the runs at the sleeper are ended, and do not end by themselves")
                    .atMost(SOON)
                    .until(() ->
                            metric(sleeper, "sluice_processor_runs_ended_total{outcome=\"released\"}") == atSleeper);
            assertThat(tokensUsed(sleeper)).isZero();

            for (int i = 0; i < ids.size(); i++) {
                caller.cancel(i, ids.get(i));
            }
            await().atMost(SOON).until(() -> cluster.count("from request where dispatched") == 0);
            history.close();
            Outcome outcome = Audit.of(cluster, "a processor that sleeps beyond its lease", first);
            assertThat(atSleeper)
                    .as("some ran at the sleeper (else the run is invalid)")
                    .isPositive();
            assertThat(outcome.returned()).isEqualTo(Map.of("lost", (int) atSleeper));
        }
    }

    private static double tokensUsed(GatewayProcess processor) {
        return metric(processor, "sluice_processor_tokens_used");
    }

    private static double released(GatewayProcess processor) {
        return metric(processor, "sluice_processor_runs_ended_total{outcome=\"released\"}");
    }

    private static double metric(GatewayProcess processor, String name) {
        return processor
                .metrics()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElseThrow();
    }
}
