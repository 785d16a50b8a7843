package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One embedded gateway for all tests of this JVM that only speak HTTP to it; it ends with the JVM. */
final class SharedGateway {

    private static @Nullable GatewayProcess shared;

    static Api api() {
        return new Api(process().api());
    }

    static synchronized GatewayProcess process() {
        if (shared == null) {
            shared = start();
        }
        return shared;
    }

    private static GatewayProcess start() {
        // The folder is relative to the working directory of the process, and goes with it.
        GatewayProcess started = GatewayProcess.dev(Map.of(), "--data", "data");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(started), "stop of the shared gateway"));
        Api api = new Api(started.api());
        // A JVM that has just started on a busy machine may answer its first calls 503, and the tests are not about
        // that.
        await("work is done").atMost(Duration.ofSeconds(90)).untilAsserted(() -> {
            assertThat(Api.text(api.get("/v1/kinds"))).contains("\"echo\"", "\"sleep\"", "\"flaky\"", "\"fail\"");
            assertThat(api.postJson("echo", "{}", "Prefer", "wait=30").statusCode())
                    .isEqualTo(200);
        });
        return started;
    }

    /** Ends it with its Postgres, which only an orderly end takes along. */
    private static void stop(GatewayProcess started) {
        try (started) {
            if (started.isRunning()) {
                started.terminate(Duration.ofSeconds(20));
            }
        }
    }

    private SharedGateway() {}
}
