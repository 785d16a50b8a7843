package dev.sluice.gateway.embedded;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Load for the run that writes the start cache. The JVM keeps in the cache its knowledge of hot code, so that later
 * starts compile that code at once, and once. For plain threads; bounded in count and time.
 */
final class Rehearsal {

    /** Far below the number that any machine reaches in the time; a smaller number taught the JVM too little. */
    static final int ENOUGH = 2_000;

    private static final int SUBMISSIONS = 20_000;
    private static final int CALLERS = 48;
    private static final Duration MAX_TIME = Duration.ofSeconds(30);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
    private static final String INPUT = "{\"rehearsal\":\"" + "x".repeat(1_000) + "\"}";

    private final String api;
    private final AtomicInteger submitted = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private final long startedAt = System.nanoTime();

    /** @param api where the gateway listens, without a slash at its end */
    Rehearsal(String api) {
        this.api = api;
    }

    /** Submits and reads until the bound is reached; returns the number of accepted requests. */
    int run() {
        try (HttpClient http = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CALLERS; i++) {
                callers.execute(() -> call(http));
            }
        }
        return accepted.get();
    }

    private void call(HttpClient http) {
        try {
            for (int i = submitted.incrementAndGet(); i <= SUBMISSIONS && inTime(); i = submitted.incrementAndGet()) {
                HttpResponse<String> receipt = http.send(
                        to("/v1/requests/echo")
                                .POST(BodyPublishers.ofString(INPUT))
                                .build(),
                        BodyHandlers.ofString());
                if (receipt.statusCode() != 202) {
                    continue;
                }
                if (accepted.incrementAndGet() % 4 == 0) {
                    String request = receipt.headers().firstValue("Location").orElseThrow();
                    http.send(to(request).GET().build(), BodyHandlers.ofString());
                }
            }
        } catch (IOException _) {
            // A cache without this code is slower, not wrong.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(api + path))
                .header("Content-Type", "application/json")
                .timeout(CALL_TIMEOUT);
    }

    private boolean inTime() {
        return System.nanoTime() - startedAt < MAX_TIME.toNanos();
    }
}
