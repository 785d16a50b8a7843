package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Clients that go away in the middle leave nothing behind: no connection to Postgres, no stream, no request. */
@Timeout(600)
class ClientCancelIT {

    private static final int CALLS = Integer.getInteger("cancel.calls", 10_000);
    private static final int THREADS = 16;
    private static final int MAX_PATIENCE_MS = 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final String ECHO = "/v1/requests/echo";
    private static final String BODY = "{\"a\":1}";

    private final Api api = SharedGateway.api();
    private final Queue<String> accepted = new ConcurrentLinkedQueue<>();
    private final AtomicInteger left = new AtomicInteger(CALLS);

    @Test
    void leavesNothingBehindWhenClientsDisconnect() throws Exception {
        double acceptedBefore = metric("sluice_requests_accepted_total", "kind=\"echo\"");
        double endedBefore = metric("sluice_requests_done_total", "kind=\"echo\"");
        String followed = api.submit("sleep", "{\"ms\":600000}");

        disconnectOften(followed);

        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(metric("sluice_pool_connections_acquired", "")).isZero();
            assertThat(metric("sluice_pool_connections_waiting", "")).isZero();
            assertThat(metric("sluice_live_streams", "")).isZero();
            assertThat(metric("sluice_batch_pending", "")).isZero();
            assertThat(metric("sluice_requests_out", "kind=\"echo\"")).isZero();
        });
        assertThat(accepted).isNotEmpty();
        for (String id : accepted) {
            JsonNode seen = api.read(id);
            assertThat(seen.path("state").asString()).as(id).isEqualTo("SUCCEEDED");
        }
        double counted = metric("sluice_requests_accepted_total", "kind=\"echo\"") - acceptedBefore;
        double ended = metric("sluice_requests_done_total", "kind=\"echo\"") - endedBefore;
        assertThat(counted).isGreaterThanOrEqualTo(accepted.size());
        assertThat(ended).isEqualTo(counted).isLessThanOrEqualTo(CALLS);
        assertThat(api.cancel(followed).statusCode()).isEqualTo(202);
    }

    private void disconnectOften(String followed) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(20_261_121L + i);
                done.add(threads.submit(() -> {
                    while (left.getAndDecrement() > 0) {
                        disconnectOnce(random, followed);
                    }
                    return null;
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }
    }

    /** One call that ends at a random moment. */
    private void disconnectOnce(Random random, String followed) throws IOException {
        RawConnection connection = new RawConnection(SharedGateway.process().httpPort(), TIMEOUT);
        try (connection) {
            String call = random.nextBoolean()
                    ? RawConnection.post(ECHO, BODY.length()) + BODY
                    : RawConnection.get(Api.path(followed) + "?wait=60");
            switch (random.nextInt(4)) {
                case 0 -> connection.write(call.substring(0, random.nextInt(call.length())));
                case 1 -> connection.write(call);
                case 2 -> {
                    connection.write(call);
                    connection.readByte(1 + random.nextInt(MAX_PATIENCE_MS));
                }
                default -> {
                    connection.write(RawConnection.post(ECHO, BODY.length()) + BODY);
                    RawConnection.Answer answer = connection.read();
                    assertThat(answer.status()).as(answer.body()).isEqualTo(202);
                    accepted.add(answer.id());
                    connection.write(call);
                }
            }
            if (random.nextBoolean()) {
                connection.reset();
            }
        }
    }

    /** The sum of a metric over all its lines that have this tag. */
    private double metric(String name, String tag) {
        URI scrape =
                URI.create("http://127.0.0.1:" + SharedGateway.process().managementPort() + "/actuator/prometheus");
        String text = new String(
                api.send(HttpRequest.newBuilder(scrape).timeout(TIMEOUT)).body(), StandardCharsets.UTF_8);
        return text.lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> line.contains(tag))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
