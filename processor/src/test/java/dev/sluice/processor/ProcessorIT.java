package dev.sluice.processor;

import static dev.sluice.processor.StatusLog.awaiting;
import static dev.sluice.processor.TestWork.json;
import static dev.sluice.processor.TestWork.submit;
import static dev.sluice.processor.TestWork.work;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import dev.sluice.queue.Topology;
import dev.sluice.queue.rabbit.RabbitBroker;
import dev.sluice.queue.rabbit.RabbitSettings;
import dev.sluice.testkit.FaultProxy;
import dev.sluice.testkit.RabbitNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Sinks;

/** The processor as a program, and as a library, on a real RabbitMQ that is killed like the processor. */
class ProcessorIT {

    private static @Nullable RabbitNode node;

    @TempDir
    @Nullable
    Path directory;

    private final List<Process> children = new ArrayList<>();
    private @Nullable RabbitBroker broker;
    private @Nullable StatusLog log;

    @BeforeAll
    static void startBroker() {
        node = RabbitNode.start();
    }

    @AfterAll
    static void stopBroker() {
        node().close();
    }

    @BeforeEach
    void connect() {
        broker = RabbitBroker.connect(RabbitSettings.of(node().address()));
        log = new StatusLog(broker);
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (Process child : children) {
            child.destroyForcibly();
            assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        log().close();
        broker().close().block(Duration.ofSeconds(10));
    }

    @Test
    void handsBackTheWorkOfAProcessorThatWasKilled() throws IOException {
        Process first = startProgram(Map.of());
        TestWork[] works = Stream.generate(() -> work().with(json("{\"ms\":60000}")))
                .limit(5)
                .toArray(TestWork[]::new);
        for (TestWork work : works) {
            submit(broker(), "sleep", work);
        }
        for (TestWork work : works) {
            log().sees(work.id(), Report.Started.class);
        }
        UUID killed = log().heartbeats().getFirst().processor();

        first.destroyForcibly();
        startProgram(Map.of());

        for (TestWork work : works) {
            Report.Released released = log().end(work.id(), Report.Released.class);
            assertThat(released.cause()).isEqualTo(Cause.REDELIVERED);
            assertThat(released.fence()).isEqualTo(new Fence(1, 1));
        }
        log().seesHeartbeat(beat -> assertThat(beat.processor()).isNotEqualTo(killed));
        assertQueueIsEmpty("sleep");
    }

    @Test
    void handsBackWhatRunsWhenItIsTerminated() throws IOException, InterruptedException {
        Process program = startProgram(Map.of("SLUICE_PROCESSOR_DRAIN", "1s"));
        TestWork work = work().with(json("{\"ms\":60000}"));
        submit(broker(), "sleep", work);
        log().sees(work.id(), Report.Started.class);

        program.destroy();

        assertThat(program.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(log().end(work.id(), Report.Released.class).cause()).isEqualTo(Cause.HANDED_BACK);
        log().seesHeartbeat(beat -> assertThat(beat.stopping()).isTrue());
        assertQueueIsEmpty("sleep");
    }

    @Test
    void bringsItsReportsWhenTheBrokerIsBack() {
        Sinks.One<Payload> result = Sinks.one();
        RabbitBroker processors = RabbitBroker.connect(RabbitSettings.of(node().address()));
        Processor processor = Processor.start(
                processors,
                ProcessorSettings.of(Map.of()),
                Map.of("it", (_, _) -> result.asMono()),
                Duration.ofMinutes(30),
                Clock.systemUTC());
        TestWork work = work();
        submit(broker(), "it", work);
        log().sees(work.id(), Report.Started.class);

        // RabbitMQ writes its list of quorum queues half a second late; a queue that is not in it stays deaf after the
        // restart.
        node().ctl("eval", "[ok = dets:sync(Table) || Table <- dets:all()].");
        node().kill();
        result.tryEmitValue(json("\"late\""));
        node().restart();

        assertThat(log().end(work.id(), Report.Succeeded.class).result().bytes())
                .isEqualTo(json("\"late\"").bytes());
        // The broker lost the ack of the message with the connection, so the message comes again, and is acked then.
        processor.stop().then(processors.close()).block(Duration.ofSeconds(20));
        assertQueueIsEmpty("it");
    }

    @Test
    void goesOnWithItsRunWhenItsConnectionIsCut() {
        Sinks.One<Payload> result = Sinks.one();
        AtomicInteger calls = new AtomicInteger();
        try (FaultProxy proxy = new FaultProxy(node().port(), 42)) {
            RabbitBroker processors = RabbitBroker.connect(RabbitSettings.of(proxy.address()));
            Processor processor = Processor.start(
                    processors,
                    ProcessorSettings.of(Map.of()),
                    Map.of("cut", (_, _) -> result.asMono().doOnSubscribe(_ -> calls.incrementAndGet())),
                    Duration.ofMinutes(30),
                    Clock.systemUTC());
            TestWork work = work();
            submit(broker(), "cut", work);
            seesStarted(work, 0);

            for (int cut = 1; cut <= 5; cut++) {
                proxy.resetPeer();
                seesStarted(work, cut);
            }
            result.tryEmitValue(json("\"once\""));

            assertThat(log().end(work.id(), Report.Succeeded.class).fence()).isEqualTo(new Fence(1, 5));
            assertThat(calls).hasValue(1);
            assertQueueIsEmpty("cut");
            processor.stop().then(processors.close()).block(Duration.ofSeconds(20));
        }
    }

    private void seesStarted(TestWork work, int delivery) {
        awaiting(() -> assertThat(log().of(work.id()))
                .last()
                .isInstanceOfSatisfying(
                        Report.Started.class,
                        started -> assertThat(started.fence()).isEqualTo(new Fence(1, delivery))));
    }

    private static void assertQueueIsEmpty(String kind) {
        awaiting(() -> assertThat(node().queues().get(Topology.work(kind).name()))
                .isNotNull()
                .satisfies(queue -> assertThat(queue.ready() + queue.unacked()).isZero()));
    }

    private Process startProgram(Map<String, String> settings) throws IOException {
        ProcessBuilder program = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ProcessorApplication.class.getName())
                .directory(Objects.requireNonNull(directory).toFile())
                .redirectErrorStream(true)
                .redirectOutput(Path.of("target", "processor-it-" + children.size() + ".out")
                        .toFile());
        program.environment().put("SLUICE_PROCESSOR_SAMPLES", "true");
        program.environment().put("SLUICE_MANAGEMENT_PORT", "0");
        program.environment().put("SLUICE_BROKER_ADDRESSES", node().address());
        program.environment().putAll(settings);
        Process child = program.start();
        children.add(child);
        return child;
    }

    private RabbitBroker broker() {
        return Objects.requireNonNull(broker);
    }

    private StatusLog log() {
        return Objects.requireNonNull(log);
    }

    private static RabbitNode node() {
        return Objects.requireNonNull(node);
    }
}
