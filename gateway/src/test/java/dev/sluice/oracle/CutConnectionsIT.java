package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.queue.Topology;
import dev.sluice.testkit.FaultProxy;
import dev.sluice.testkit.RabbitNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Nothing is forgotten, run without need or ended twice when lines are cut and every part lives. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the cluster of CutConnectionsIT") // one scenario after the other
class CutConnectionsIT {

    private static final long SEED = Long.getLong("oracle.seed", 20_261_121L);
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final int STRIKES = 3;
    private static final int REQUESTS = 3_000;
    private static final int REPORTS_OF_A_MESSAGE = 4;
    private static final int CUTS = 5;

    /** More than two processors hold, so that the queue is not empty while there is a backlog. */
    private static final int NAPS_OUT = 64;

    /** More than two processors do, so that the backlog grows. */
    private static final int NAPS_PER_SECOND = 120;

    @TempDir
    private static Path folder;

    private static Cluster cluster;

    @BeforeAll
    static void start() throws IOException {
        Map<String, String> gateway = Map.of(
                "SLUICE_KINDS_SLEEP_WINDOW",
                Integer.toString(NAPS_OUT),
                "SLUICE_KINDS_ECHO_WINDOW",
                Integer.toString(2 * REQUESTS));
        String shared = "SLUICE_PROCESSOR_KINDS_SHARED_COMMAND_LINE";
        String reports = "SLUICE_PROCESSOR_REPORTS_MAX_BATCH";
        Map<String, String> first = Map.of(
                shared,
                gated("shared"),
                "SLUICE_PROCESSOR_KINDS_ONCE_COMMAND_LINE",
                gated("once"),
                reports,
                Integer.toString(REPORTS_OF_A_MESSAGE));
        Map<String, String> second = Map.of(shared, gated("shared"), reports, Integer.toString(REPORTS_OF_A_MESSAGE));
        cluster = Cluster.start(new Cluster.Plan(gateway, List.of(first, second), true));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void forgetsNoRequestWhoseStatementGotNoAnswer() throws Exception {
        int first = cluster.firstNumber();
        Process load = cluster.startLoad(new Load.Order(Mix.NAPS, SEED, first, Load.Order.ENDLESS, NAPS_PER_SECOND));
        try {
            LostAnswers lost = new LostAnswers(cluster);
            for (int strike = 0; strike < STRIKES; strike++) {
                awaitBacklog();
                lost.strike();
            }
            String before = cluster.query("select now()");

            await("all that was accepted before the last strike is done")
                    .atMost(SOON)
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> {
                        assertThat(cluster.count("from backlog where kind = 'sleep'"))
                                .as("rows that wait (else the queue gets empty, and the run is invalid)")
                                .isPositive();
                        return cluster.count("from request where created_at < '" + before + "' and state < 20") == 0;
                    });
        } finally {
            load.getOutputStream().close(); // the load ends; else no later scenario would drain
        }

        assertThat(load.waitFor()).isZero();
        Audit.of(cluster, "lost answers of Postgres, seed " + SEED, first);
    }

    @Test
    void givesUpNoReportThatWaitsForPostgres() throws Exception {
        int first = cluster.firstNumber();
        cluster.processor(0).kill();
        cluster.processor(1).kill();
        assertThat(cluster.startLoad(new Load.Order(Mix.ECHOES, SEED, first, REQUESTS, 1_000))
                        .waitFor())
                .isZero();
        await().atMost(SOON).until(() -> cluster.count("from request where state = 2") >= REQUESTS);

        cluster.postgres().kill();
        cluster.processor(0).restart();
        cluster.processor(1).restart();
        String work = Topology.work("echo").name();
        await("all ran").atMost(SOON).until(() -> messages(work, queue -> queue.ready() + queue.unacked()) == 0);
        assertThat(messages("sluice.status", queue -> queue.ready() + queue.unacked()))
                .as("messages with reports that wait (else the run is invalid)")
                .isGreaterThan(2L * REQUESTS / REPORTS_OF_A_MESSAGE);
        for (int cut = 0; cut < 2; cut++) {
            await("gateways receive").atMost(SOON).until(() -> messages("sluice.status", q -> q.unacked()) > 0);
            cluster.brokerProxies().forEach(FaultProxy::resetPeer);
        }
        cluster.postgres().restart();

        Outcome outcome = Audit.of(cluster, "reports that wait for Postgres, seed " + SEED, first);
        assertThat(outcome.returned()).isEmpty();
        assertThat(cluster.count("from request where kind = 'echo' and (dispatch > 1 or delivery > 0)"))
                .as("requests that ran again")
                .isZero();
    }

    @Test
    void endsOneRunOnceThroughManyCutsOfItsProcessor() throws Exception {
        int first = cluster.firstNumber();
        UUID once;
        UUID shared;
        try (History history = new History(cluster.history())) {
            Caller caller = new Caller(history, cluster.apis());
            once = caller.submit(first + 1, new Mix.Sample("once", Mix.body(first + 1, "")))
                    .orElseThrow();
            shared = caller.submit(first + 2, new Mix.Sample("shared", Mix.body(first + 2, "")))
                    .orElseThrow();
        }
        await().atMost(SOON).until(() -> is(once, "state = 3") && is(shared, "state = 3"));

        for (int cut = 1; cut <= CUTS; cut++) {
            cluster.processorProxy(0).resetPeer();
            String received = "state = 3 and delivery = " + cut;
            await("received again (else the run is invalid)").atMost(SOON).until(() -> is(once, received));
        }
        Files.createFile(folder.resolve("open"));

        Audit.of(cluster, "five cuts of a processor", first);
        assertThat(is(once, "state = 20 and dispatch = 1 and attempt = 1 and crashes = 0"))
                .isTrue();
        assertThat(Files.readAllLines(folder.resolve("once"))).as("runs").hasSize(1);
        assertThat(is(shared, "state = 20")).as("no poison").isTrue();
    }

    private static void awaitBacklog() {
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> cluster.count("from backlog where kind = 'sleep'") > 0);
    }

    private static boolean is(UUID id, String condition) throws Exception {
        return cluster.count("from request where id = '" + id + "' and " + condition) == 1;
    }

    private static long messages(String queues, ToLongFunction<RabbitNode.QueueCount> number) {
        return cluster.rabbit().queues().values().stream()
                .filter(queue -> queue.name().startsWith(queues))
                .mapToLong(number)
                .sum();
    }

    /** A command that notes its runs in a file of this name, and ends once the gate is open. */
    private static String gated(String name) {
        return "sh -c 'echo run >> " + folder.resolve(name) + "; while [ ! -e " + folder.resolve("open")
                + " ]; do sleep 0.1; done; echo done'";
    }
}
