package dev.sluice.perf;

import dev.sluice.testkit.PostgresNode;
import dev.sluice.testkit.RabbitNode;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts the system under load as its users do, each part a process of its own, and ends it with itself.
 *
 * <p>Arguments: {@code embedded} or {@code rabbit}, and a file that gets the ports of the API and of management once
 * the system is ready.
 */
final class SystemUnderLoad {

    private static final int START_SECONDS = 120;
    private static final String TOKENS = "64";

    private final List<Process> started = new ArrayList<>();

    public static void main(String[] args) throws IOException, InterruptedException {
        SystemUnderLoad system = new SystemUnderLoad();
        Runtime.getRuntime().addShutdownHook(new Thread(system::stop));
        int port = freePort();
        int management = freePort();
        if (args[0].equals("rabbit")) {
            system.startDistributed(port, management);
        } else {
            system.startEmbedded(port, management);
        }
        awaitReady(management);
        Files.writeString(Path.of(args[1]), port + " " + management + "\n");
        Thread.currentThread().join();
    }

    private void startEmbedded(int port, int management) throws IOException {
        String data = Files.createTempDirectory("sluice-perf-").toString();
        start(
                "dev",
                Map.of("SLUICE_PROCESSOR_TOKENS", TOKENS),
                "--port=" + port,
                "--management-port=" + management,
                "--data=" + data);
    }

    private void startDistributed(int port, int management) throws IOException {
        PostgresNode postgres = PostgresNode.start();
        RabbitNode rabbit = RabbitNode.start();
        Map<String, String> broker = Map.of("SLUICE_BROKER_ADDRESSES", rabbit.address());
        start(
                "gateway",
                with(
                        broker,
                        "SLUICE_DATABASE_URL",
                        "postgresql://127.0.0.1:" + postgres.port() + "/" + postgres.freshDatabase(),
                        "SLUICE_DATABASE_USERNAME",
                        PostgresNode.USER,
                        "SLUICE_DATABASE_PASSWORD",
                        PostgresNode.PASSWORD,
                        "SLUICE_HTTP_PORT",
                        Integer.toString(port),
                        "SLUICE_MANAGEMENT_PORT",
                        Integer.toString(management)));
        start(
                "processor",
                with(
                        broker,
                        "SLUICE_PROCESSOR_SAMPLES",
                        "true",
                        "SLUICE_PROCESSOR_TOKENS",
                        TOKENS,
                        "SLUICE_MANAGEMENT_PORT",
                        Integer.toString(freePort())));
    }

    private void start(String name, Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("./sluice", name));
        command.addAll(List.of(arguments));
        Files.createDirectories(Path.of("perf/target"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Path.of("perf/target", name + ".log").toFile());
        builder.environment().putIfAbsent("JAVA_OPTS", "-Xmx512m");
        builder.environment().putAll(environment);
        started.add(builder.start());
    }

    private void stop() {
        started.forEach(Process::destroy);
        started.forEach(process -> process.onExit().join());
    }

    private static void awaitReady(int management) throws InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest health = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + management + "/actuator/health/readiness"))
                .build();
        for (int i = 0; i < START_SECONDS * 5; i++) {
            try {
                if (client.send(health, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                    Thread.sleep(3_000); // the first heartbeat makes the kinds known
                    return;
                }
            } catch (IOException _) {
                // Not there yet.
            }
            Thread.sleep(200);
        }
        throw new IllegalStateException("not ready within " + START_SECONDS + " s; see perf/target/*.log");
    }

    private static Map<String, String> with(Map<String, String> some, String... more) {
        Map<String, String> all = new java.util.HashMap<>(some);
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return all;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private SystemUnderLoad() {}
}
