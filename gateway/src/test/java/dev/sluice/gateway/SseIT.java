package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams of events: complete, resumable, and no stream waits for another. */
@Timeout(180)
class SseIT {

    private static final int SLOW_READERS = 100;

    private final Api api = SharedGateway.api();

    @Test
    void tellsWhereItStandsThenWhatHappensThenTheEnd() throws IOException {
        String id = api.submit("sleep", "{\"ms\":1000}");

        try (SseReader stream = new SseReader(api, id, -1)) {
            List<SseReader.Event> events = stream.rest();

            assertThat(stream.response().statusCode()).isEqualTo(200);
            assertThat(stream.response().headers().firstValue("Content-Type").orElse(""))
                    .startsWith("text/event-stream");
            assertThat(stream.response().headers().firstValue("Cache-Control")).hasValue("no-cache");
            SseReader.Event snapshot = events.getFirst();
            assertThat(snapshot.name()).isEqualTo("snapshot");
            assertThat(snapshot.json().path("id").asString()).isEqualTo(id);
            assertThat(snapshot.json().path("seq").asInt()).isEqualTo(snapshot.seq());
            assertThat(events.getLast().name()).isEqualTo("end");
            assertThat(events.getLast().json().path("state").asString()).isEqualTo("SUCCEEDED");
            List<SseReader.Event> between = events.subList(1, events.size() - 1);
            assertThat(seqs(between)).isEqualTo(gapFree(snapshot.seq() + 1, lastSeq(id)));
            assertThat(between).allMatch(event -> event.name().startsWith("request."));
            assertThat(between.getLast().name()).isEqualTo("request.succeeded");
        }
    }

    @Test
    void tellsEverythingToWhoAsksFromTheStart() throws IOException {
        String id = api.submit("echo", "{}");
        api.awaitDone(id);

        try (SseReader stream = new SseReader(api, id, 0)) {
            List<SseReader.Event> events = stream.rest();

            assertThat(events.getFirst().name()).isEqualTo("snapshot");
            assertThat(events.getFirst().seq())
                    .as("no id: the reader keeps its own")
                    .isEqualTo(-1);
            assertThat(seqs(events.subList(1, events.size() - 1))).isEqualTo(gapFree(1, lastSeq(id)));
            assertThat(events.getLast().name()).isEqualTo("end");
        }
    }

    @Test
    void losesAndRepeatsNothingOverManyReconnects() throws IOException {
        String id = api.submit("sleep", "{\"ms\":4000}");
        List<Integer> seen = new ArrayList<>();
        int connects = 0;
        boolean ended = false;

        while (!ended) {
            connects++;
            try (SseReader stream = new SseReader(api, id, seen.isEmpty() ? 0 : seen.getLast())) {
                ended = readTwo(stream, seen) || stream.response().statusCode() == 204;
            }
        }

        assertThat(seen).isEqualTo(gapFree(1, lastSeq(id)));
        assertThat(connects).isGreaterThan(5);
    }

    @Test
    void tellsWhoHasItAllToStayAway() throws IOException {
        String id = api.submit("echo", "{}");
        api.awaitDone(id);

        try (SseReader stream = new SseReader(api, id, lastSeq(id))) {
            assertThat(stream.response().statusCode()).isEqualTo(204);
        }
    }

    @Test
    void refusesAnIdThatIsNoNumber() {
        String id = api.submit("echo", "{}");

        Api.problem(
                api.get(Api.path(id) + "/events", "Last-Event-ID", "x", "Accept", "text/event-stream"),
                400,
                "invalid-option");
    }

    @Test
    void keepsNobodyWaitingForReadersThatAreSlow() throws Exception {
        String followed = api.submit("sleep", "{\"ms\":120000}");
        List<RawConnection> slow = new ArrayList<>();
        AtomicInteger bytes = new AtomicInteger();
        try (ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
            for (int i = 0; i < SLOW_READERS; i++) {
                slow.add(follower(followed));
            }
            ScheduledFuture<?> reading = clock.scheduleAtFixedRate(
                    () -> slow.forEach(each -> readByte(each, bytes)), 0, 1, TimeUnit.SECONDS);
            for (int round = 0; round < 5; round++) {
                String id = api.submit("sleep", "{\"ms\":500}");
                try (SseReader stream = new SseReader(api, id, 0)) {
                    List<SseReader.Event> events = stream.rest();

                    assertThat(seqs(events.subList(1, events.size() - 1))).isEqualTo(gapFree(1, lastSeq(id)));
                }
            }
            assertThat(reading.isDone()).isFalse();
            assertThat(bytes).hasValueGreaterThanOrEqualTo(SLOW_READERS);
            reading.cancel(false);
        } finally {
            for (RawConnection each : slow) {
                each.close();
            }
            api.cancel(followed);
        }
    }

    /** Reads two events at most; says whether the end was among them. */
    private static boolean readTwo(SseReader stream, List<Integer> seen) throws IOException {
        int read = 0;
        for (SseReader.Event event = stream.next(); event != null; event = stream.next()) {
            if (event.name().equals("end")) {
                return true;
            }
            if (event.name().startsWith("request.")) {
                seen.add(event.seq());
                read++;
            }
            if (read == 2) {
                return false;
            }
        }
        return false;
    }

    private static RawConnection follower(String id) throws IOException {
        RawConnection connection = new RawConnection(SharedGateway.process().httpPort(), Duration.ofSeconds(20));
        connection.write(RawConnection.get(Api.path(id) + "/events?lastEventId=0"));
        return connection;
    }

    private static void readByte(RawConnection connection, AtomicInteger bytes) {
        try {
            if (connection.readByte(5) >= 0) {
                bytes.incrementAndGet();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int lastSeq(String id) {
        return api.awaitDone(id).path("seq").asInt();
    }

    private static List<Integer> seqs(List<SseReader.Event> events) {
        return events.stream().map(SseReader.Event::seq).toList();
    }

    private static List<Integer> gapFree(int from, int to) {
        return IntStream.rangeClosed(from, to).boxed().toList();
    }
}
