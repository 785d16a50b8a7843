package dev.sluice.oracle;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The load: a process of its own that submits until so many requests were accepted, and writes a {@link History}.
 *
 * <p>Arguments: history file, seed, requests to be accepted, requests a second, gateways as host:port,… A refusal or a
 * failed exchange is written down and the next submission goes to the next gateway; no submission is repeated, because
 * without a key a repeat would be another request. Ends with exit code 1 if it takes longer than 10 minutes.
 */
final class Load {

    private static final Duration EXCHANGE_TIMEOUT = Duration.ofSeconds(10);
    private static final long MAX_NS = Duration.ofMinutes(10).toNanos();
    private static final int CONNECTIONS = 32;

    private final History history;
    private final long seed;
    private final int target;
    private final long intervalNs;
    private final List<String> gateways;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(EXCHANGE_TIMEOUT)
            .build();
    private final AtomicInteger invoked = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private final long startedNs = System.nanoTime();

    private Load(History history, long seed, int target, int perSecond, List<String> gateways) {
        this.history = history;
        this.seed = seed;
        this.target = target;
        this.intervalNs = 1_000_000_000L / perSecond;
        this.gateways = gateways;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        boolean complete;
        try (History history = new History(Path.of(args[0]))) {
            Load load = new Load(
                    history,
                    Long.parseLong(args[1]),
                    Integer.parseInt(args[2]),
                    Integer.parseInt(args[3]),
                    List.of(args[4].split(",")));
            complete = load.run();
        }
        System.exit(complete ? 0 : 1); // after the history is closed
    }

    private boolean run() throws InterruptedException {
        try (ExecutorService connections = Executors.newFixedThreadPool(CONNECTIONS)) {
            for (int i = 0; i < CONNECTIONS; i++) {
                connections.submit(this::submitUntilDone);
            }
        }
        System.out.println("accepted " + accepted.get() + " of " + invoked.get());
        return accepted.get() >= target;
    }

    private void submitUntilDone() {
        while (accepted.get() < target && System.nanoTime() - startedNs < MAX_NS) {
            int number = invoked.incrementAndGet();
            if (!awaitTurn(number)) {
                return;
            }
            submit(number);
        }
    }

    /** Open loop: number n is due n intervals after the start, however the gateway fares. */
    private boolean awaitTurn(int number) {
        try {
            long waitNs = startedNs + number * intervalNs - System.nanoTime();
            if (waitNs > 0) {
                Thread.sleep(Duration.ofNanos(waitNs));
            }
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void submit(int number) {
        Sample sample = Sample.of(number, seed);
        history.invoke(number, sample.kind());
        URI uri = URI.create("http://" + gateways.get(number % gateways.size()) + "/v1/requests/" + sample.kind());
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(EXCHANGE_TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(sample.body()))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 202) {
                history.ok(number, idIn(answer));
                accepted.incrementAndGet();
            } else if (answer.body().contains("\"code\":\"outcome-unknown\"")) {
                history.unknown(number, "outcome-unknown");
                Thread.sleep(100);
            } else {
                history.fail(number, answer.statusCode());
                Thread.sleep(100);
            }
        } catch (IOException e) {
            history.unknown(number, e.getClass().getSimpleName() + ":" + e.getMessage());
            pause();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static String idIn(HttpResponse<String> answer) {
        String location = answer.headers().firstValue("Location").orElseThrow();
        return location.substring(location.lastIndexOf('/') + 1);
    }

    /** The content of a submission; follows from number and seed alone. */
    record Sample(String kind, String body) {
        static Sample of(int number, long seed) {
            int roll = new Random(seed * 31 + number).nextInt(100);
            String mark = "\"number\":" + number;
            if (roll < 80) {
                return new Sample("echo", "{" + mark + ",\"pad\":\"" + "x".repeat(200) + "\"}");
            }
            if (roll < 86) {
                return new Sample("flaky", "{" + mark + ",\"failures\":1}");
            }
            if (roll < 96) {
                return new Sample("sleep", "{" + mark + ",\"ms\":500}");
            }
            return new Sample("fail", "{" + mark + ",\"permanent\":true,\"message\":\"as asked\"}");
        }
    }
}
