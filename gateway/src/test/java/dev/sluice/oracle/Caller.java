package dev.sluice.oracle;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A client of all gateways in turn, that writes down its submissions and their answers. Thread-safe.
 *
 * <p>Where a gateway cannot be reached, nothing was sent, and the call is repeated with the next one. A call that was
 * sent and got no answer is unknown and not repeated: without a key a repeat would be another request.
 */
final class Caller {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final History history;
    private final List<URI> gateways;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();

    Caller(History history, List<URI> gateways) {
        this.history = history;
        this.gateways = List.copyOf(gateways);
    }

    /** Submits it; the request's id if it was accepted. */
    Optional<UUID> submit(int number, Mix.Sample sample) throws InterruptedException {
        history.invoke(number, sample.kind());
        for (int turn = 0; turn < gateways.size(); turn++) {
            try {
                return noted(number, send(number + turn, "/v1/requests/" + sample.kind(), sample));
            } catch (ConnectException | HttpConnectTimeoutException _) {
                history.repeat(number);
            } catch (IOException e) {
                history.unknown(number, e.getClass().getSimpleName() + ":" + e.getMessage());
                return Optional.empty();
            }
        }
        history.unknown(number, "no-gateway");
        return Optional.empty();
    }

    /** Cancels a request and returns the status of the answer. */
    int cancel(int number, UUID id) throws IOException, InterruptedException {
        return send(number, "/v1/requests/req_" + id + "/cancel", new Mix.Sample("", ""))
                .statusCode();
    }

    private HttpResponse<String> send(int turn, String path, Mix.Sample sample)
            throws IOException, InterruptedException {
        HttpRequest.Builder call = HttpRequest.newBuilder(
                        gateways.get(turn % gateways.size()).resolve(path))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(sample.body()));
        if (sample.cost() > 1) {
            call.header("Sluice-Cost", Integer.toString(sample.cost()));
        }
        return http.send(call.build(), HttpResponse.BodyHandlers.ofString());
    }

    private Optional<UUID> noted(int number, HttpResponse<String> answer) {
        if (answer.statusCode() == 202) {
            UUID id = idIn(answer);
            history.ok(number, id);
            return Optional.of(id);
        }
        if (answer.body().contains("\"code\":\"outcome-unknown\"")) {
            history.unknown(number, "outcome-unknown");
        } else {
            history.fail(number, answer.statusCode());
        }
        return Optional.empty();
    }

    private static UUID idIn(HttpResponse<String> answer) {
        String location = answer.headers().firstValue("Location").orElseThrow();
        return UUID.fromString(location.substring(location.lastIndexOf("/req_") + "/req_".length()));
    }
}
