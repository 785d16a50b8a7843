package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.PostgresNode;
import dev.sluice.testkit.RabbitNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two gateways and a processor as processes of their own, on a real RabbitMQ and a real Postgres. */
class DistributedFormIT {

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void oneGatewayServesWhatAnotherTook() {
        try (RabbitNode rabbit = RabbitNode.start();
                PostgresNode postgres = PostgresNode.start()) {
            Map<String, String> broker = Map.of("SLUICE_BROKER_ADDRESSES", rabbit.address());
            Map<String, String> gateway = Map.of(
                    "SLUICE_BROKER_ADDRESSES",
                    rabbit.address(),
                    "SLUICE_DATABASE_URL",
                    "postgresql://127.0.0.1:" + postgres.port() + "/" + postgres.freshDatabase(),
                    "SLUICE_DATABASE_USERNAME",
                    PostgresNode.USER,
                    "SLUICE_DATABASE_PASSWORD",
                    PostgresNode.PASSWORD);
            try (GatewayProcess first = GatewayProcess.gateway(gateway);
                    GatewayProcess second = GatewayProcess.gateway(gateway);
                    GatewayProcess processor =
                            GatewayProcess.processor(with(broker, "SLUICE_PROCESSOR_SAMPLES", "true"))) {
                awaitKind(first, "echo");
                awaitKind(second, "echo");
                HttpResponse<String> taken = post(first, "echo", "hello");
                String location = taken.headers().firstValue("Location").orElseThrow();

                HttpResponse<String> seen = get(second, location + "?wait=10");

                assertThat(taken.statusCode()).isEqualTo(202);
                assertThat(seen.body()).contains("\"state\":\"SUCCEEDED\"");
                assertThat(get(second, location + "/result").body()).isEqualTo("hello");
                assertThat(first.terminate(Duration.ofSeconds(10))).isEqualTo(143);
                assertThat(processor.terminate(Duration.ofSeconds(12))).isEqualTo(143);
            }
        }
    }

    private static Map<String, String> with(Map<String, String> settings, String key, String value) {
        Map<String, String> more = new java.util.HashMap<>(settings);
        more.put(key, value);
        return more;
    }

    private void awaitKind(GatewayProcess gateway, String kind) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(get(gateway, "/v1/kinds").body()).contains("\"name\":\"" + kind + "\""));
    }

    private HttpResponse<String> post(GatewayProcess gateway, String kind, String body) {
        return send(HttpRequest.newBuilder(gateway.api().resolve("/v1/requests/" + kind))
                .POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> get(GatewayProcess gateway, String path) {
        return send(HttpRequest.newBuilder(gateway.api().resolve(path)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
