package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import tools.jackson.databind.JsonNode;

/** Clients that do not read get a bounded part of a long log each, are ended, can resume, and do not hold others up. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the programs of SlowReaderIT") // one test after the other
class SlowReaderIT {

    private static final int SLOW = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern STALLED = Pattern.compile("(?m)^sluice_live_stalled_total(?:\\{\\})? ([0-9.]+)");

    private GatewayProcess gateway;
    private Api api;
    /** A request with a log of about 650 KB: each failed attempt leaves its error there. */
    private String id;

    private int lastSeq;

    @BeforeAll
    void start() {
        gateway = GatewayProcess.dev(
                Map.of(
                        "SLUICE_LIVE_STALL_TIMEOUT", "2s",
                        "SLUICE_KIND_DEFAULTS_BACKOFF", "1ms",
                        "SLUICE_KIND_DEFAULTS_MAX_BACKOFF", "1ms"),
                "--data",
                "data");
        api = new Api(gateway.api());
        api.awaitKind("fail");
        String message = "{\"permanent\":false,\"message\":\"" + "€".repeat(2_000) + "\"}";
        id = api.submit("fail", message, "Sluice-Max-Attempts", "100");
        lastSeq = api.awaitDone(id).path("seq").asInt();
        assertThat(log(0).getBytes(StandardCharsets.UTF_8)).hasSizeGreaterThan(600_000);
    }

    @AfterAll
    void stop() {
        gateway.terminate(Duration.ofSeconds(20));
        gateway.close();
    }

    @Test
    void endsThemWithWhatTheyNeedToResumeAndServesTheOthers() throws Exception {
        double before = stalled();
        List<RawConnection> streams = new ArrayList<>();
        List<TestSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < SLOW; i++) {
                RawConnection stream = new RawConnection(gateway.httpPort(), PATIENCE);
                streams.add(stream);
                stream.write(RawConnection.get(Api.path(id) + "/events?lastEventId=0"));
                TestSocket socket = TestSocket.greeted(gateway);
                sockets.add(socket);
                socket.pause();
                socket.subscribe(id, 0);
            }

            assertThat(seqs(log(0))).isEqualTo(gapFree(1));
            String other = api.submit("sleep", "{\"ms\":500}");
            try (SseReader healthy = new SseReader(api, other, 0)) {
                assertThat(healthy.rest().getLast().name()).isEqualTo("end");
            }

            await("all are found")
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(stalled() - before).isEqualTo(2 * SLOW));
            for (RawConnection stream : streams) {
                assertEndedInTheMiddle(stream.rest());
            }
        } finally {
            for (RawConnection stream : streams) {
                stream.close();
            }
            sockets.forEach(TestSocket::close);
        }
    }

    @Test
    void tellsASocketThatItWasTooSlowAndWhereToResume() throws Exception {
        double before = stalled();
        List<Integer> seen = new ArrayList<>();
        try (TestSocket socket = TestSocket.greeted(gateway)) {
            socket.pause();
            socket.subscribe(id, 0);
            await("it is found")
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(stalled()).isGreaterThan(before));

            socket.resume();

            readEvents(socket, seen);
            assertThat(socket.closeCode()).isEqualTo(4409);
        }
        assertThat(seen).hasSizeLessThan(lastSeq);
        try (TestSocket socket = TestSocket.greeted(gateway)) {
            socket.subscribe(id, seen.getLast());

            readEvents(socket, seen);

            assertThat(seen).isEqualTo(gapFree(1));
        }
    }

    /** The client got a part; a new stream with the last id of that part gives exactly the rest. */
    private void assertEndedInTheMiddle(String received) {
        int whole = received.lastIndexOf("\n\n");
        List<Integer> seen = new ArrayList<>(seqs(received.substring(0, whole)));
        assertThat(seen).isNotEmpty().hasSizeLessThan(lastSeq);

        seen.addAll(seqs(log(seen.getLast())));

        assertThat(seen).isEqualTo(gapFree(1));
    }

    /** Until the end of the log or of the socket. */
    private static void readEvents(TestSocket socket, List<Integer> seqs) throws InterruptedException {
        JsonNode frame = socket.nextUntilClosed();
        while (frame != null && frame.path("type").asString().equals("event")) {
            seqs.add(Integer.parseInt(frame.path("event").path("sequence").asString()));
            frame = socket.nextUntilClosed();
        }
    }

    /** The stream of the long log for a client that reads. */
    private String log(int after) {
        return new String(
                api.get(Api.path(id) + "/events?lastEventId=" + after, "Accept", "text/event-stream")
                        .body(),
                StandardCharsets.UTF_8);
    }

    private double stalled() {
        Matcher stalled = STALLED.matcher(gateway.metrics());
        return stalled.find() ? Double.parseDouble(stalled.group(1)) : 0;
    }

    private static List<Integer> seqs(String stream) {
        return stream.lines()
                .filter(line -> line.startsWith("id: "))
                .map(line -> Integer.parseInt(line.substring(4)))
                .toList();
    }

    private List<Integer> gapFree(int from) {
        return IntStream.rangeClosed(from, lastSeq).boxed().toList();
    }
}
