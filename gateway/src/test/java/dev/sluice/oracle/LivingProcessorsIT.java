package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Two processors of 4 and 16 tokens that live all the time, while their work is late, canceled or too big for one. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the cluster of LivingProcessorsIT") // one scenario after the other
class LivingProcessorsIT {

    private static final int SMALL = 4;
    private static final int LARGE = 16;
    private static final int CALLERS = 16;
    private static final Duration SOON = Duration.ofMinutes(2);

    private static final int RUNNING = 12;
    private static final int QUEUED = 120;

    /** The lease of a processor is 30 s; then follow three looks at heartbeats. */
    private static final int SILENT_SECONDS = 45;

    private static Cluster cluster;

    private final int first = cluster.firstNumber();
    private History history;
    private Caller caller;

    @BeforeAll
    static void start() throws IOException {
        String tokens = "SLUICE_PROCESSOR_TOKENS";
        cluster = Cluster.start(new Cluster.Plan(
                Map.of(),
                List.of(Map.of(tokens, Integer.toString(SMALL)), Map.of(tokens, Integer.toString(LARGE))),
                false));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void open() throws IOException {
        history = new History(cluster.history());
        caller = new Caller(history, cluster.apis());
    }

    @AfterEach
    void close() throws IOException {
        history.close();
    }

    @Test
    void callsNoRunCrashedWhileTheJournalIsLate() throws Exception {
        submitted(RUNNING, number -> Mix.sleep(number, 1_000 * (SILENT_SECONDS + 5)));
        await().atMost(SOON).until(() -> cluster.count("from request where state = 3") == RUNNING);
        submitted(QUEUED, number -> Mix.sleep(number, 1_000));
        await().atMost(SOON).until(() -> cluster.count("from backlog") == 0);
        try (Connection locker = cluster.connect();
                Statement lock = locker.createStatement()) {
            locker.setAutoCommit(false);
            lock.execute("lock table request_log in access exclusive mode");
            // Each shard gets reports of some of them, and the heartbeats wait behind these.
            assertThat(cluster.count("from request where state = 2")).isGreaterThan(QUEUED / 3);
            await("each processor that runs something seems silent (else the run is invalid)")
                    .atMost(SOON)
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> Double.parseDouble(cluster.query("select extract(epoch from min(now() - heard_at))"
                                    + " from processor where id in (select processor from request where state = 3)"))
                            > SILENT_SECONDS);
            locker.rollback();
        }

        Outcome outcome = audited("a journal that is late");
        assertThat(outcome.returned()).isEmpty();
        assertThat(states(20)).isEqualTo(RUNNING + QUEUED);
    }

    @Test
    void startsNoCanceledRequestAndGoesOnWithNewOnes() throws Exception {
        List<UUID> stormed = submitted(2_000, number -> Mix.sleep(number, 900_000));
        await().atMost(SOON).until(() -> cluster.count("from request where state = 3") == SMALL + LARGE);
        // Newest first: what runs frees its tokens only after processors have heard of all others.
        Collections.reverse(stormed);
        List<Integer> answers = together(stormed.size(), i -> caller.cancel(i, stormed.get(i)));
        submitted(1, number -> Mix.sleep(number, 1));

        await("the new request is done").atMost(Duration.ofSeconds(60)).until(() -> states(20) == 1);
        Outcome outcome = audited("2,000 requests canceled");

        assertThat(answers).containsOnly(200, 202);
        assertThat(Collections.frequency(answers, 202))
                .as("canceled at the broker or at a processor (else the run is invalid)")
                .isGreaterThan(500);
        assertThat(outcome.returned()).isEmpty();
        assertThat(states(22)).isEqualTo(stormed.size());
        assertThat(startedAfterTheirCancel()).isLessThanOrEqualTo(SMALL + LARGE);
    }

    @Test
    void runsWhatIsTooBigForOneProcessorAtTheOther() throws Exception {
        submitted(40, number -> new Mix.Sample("sleep", Mix.sleep(number, 100).body(), SMALL * 2));

        Outcome outcome = audited("processors of 4 and 16 tokens");

        assertThat(states(20)).isEqualTo(40);
        assertThat(outcome.returnedFor("handed_back"))
                .as("work that came to the small one (else the run is invalid)")
                .isPositive();
    }

    private Outcome audited(String run) throws Exception {
        history.close();
        return Audit.of(cluster, run, first);
    }

    /** Submits so many over both gateways at once and returns the ids, in the order of the numbers. */
    private List<UUID> submitted(int count, IntFunction<Mix.Sample> sample) throws Exception {
        int from = first + (int) cluster.count("from request"); // a number of its own for each
        return together(
                count,
                i -> caller.submit(from + i + 1, sample.apply(from + i + 1)).orElseThrow());
    }

    private interface Call<T> {
        T of(int index) throws Exception;
    }

    private static <T> List<T> together(int count, Call<T> call) throws Exception {
        List<T> results = new ArrayList<>();
        try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            List<Future<T>> calls = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int index = i;
                calls.add(callers.submit(() -> call.of(index)));
            }
            for (Future<T> each : calls) {
                results.add(each.get());
            }
        }
        return results;
    }

    /** Requests of this run in a state. */
    private long states(int state) throws SQLException {
        return cluster.count("from request r join request_payload p on p.id = r.id where r.state = " + state
                + " and (convert_from(p.body, 'UTF8')::json ->> 'number')::int between " + first + " and "
                + (first + 999_999));
    }

    private static long startedAfterTheirCancel() throws SQLException {
        try (Connection postgres = cluster.connect()) {
            return LogEvents.read(postgres).values().stream()
                    .filter(LivingProcessorsIT::isStartedAfterCancel)
                    .count();
        }
    }

    private static boolean isStartedAfterCancel(List<LogEvents.Event> log) {
        return log.stream()
                .dropWhile(event -> !event.type().equals("canceling"))
                .anyMatch(event -> event.type().equals("started"));
    }
}
