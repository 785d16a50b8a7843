package dev.sluice.gateway;

import dev.sluice.testkit.Children;
import dev.sluice.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A gateway, a processor, or both in embedded mode, as a JVM of its own that may be killed, stopped and started again
 * on the same ports. Not thread-safe; for plain threads only, because nearly every method waits. Nothing outlives the
 * JVM of the test.
 */
public final class GatewayProcess implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(120);
    private static final Duration POLL = Duration.ofMillis(50);

    private final String name;
    private final String mainClass;
    private final List<String> arguments;
    private final Map<String, String> environment;
    private final int httpPort;
    private final int managementPort;
    private final Children children;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
    private @Nullable Process process;

    private GatewayProcess(String name, String mainClass, Map<String, String> settings, String... arguments) {
        List<Integer> ports = FreePorts.some(2);
        this.name = name;
        this.mainClass = mainClass;
        this.arguments = Arrays.asList(arguments);
        this.httpPort = ports.get(0);
        this.managementPort = ports.get(1);
        this.environment = new HashMap<>(settings);
        this.children = new Children(name);
        environment.put("SLUICE_MANAGEMENT_PORT", Integer.toString(managementPort));
    }

    /** Starts a gateway and waits until it is ready; {@code settings} are environment variables. */
    public static GatewayProcess gateway(Map<String, String> settings) {
        GatewayProcess gateway = new GatewayProcess("gateway", "dev.sluice.gateway.GatewayApplication", settings);
        gateway.environment.put("SLUICE_HTTP_PORT", Integer.toString(gateway.httpPort));
        gateway.start();
        return gateway;
    }

    /** Starts a processor and waits until it is ready; {@code settings} are environment variables. */
    public static GatewayProcess processor(Map<String, String> settings) {
        GatewayProcess processor =
                new GatewayProcess("processor", "dev.sluice.processor.ProcessorApplication", settings);
        processor.start();
        return processor;
    }

    /** Starts everything in one JVM, with its data in a folder that is kept as long as this is not closed. */
    public static GatewayProcess dev(Map<String, String> settings, String... arguments) {
        GatewayProcess dev = new GatewayProcess("dev", "dev.sluice.gateway.embedded.DevCommand", settings, arguments);
        dev.environment.put("SLUICE_HTTP_PORT", Integer.toString(dev.httpPort));
        dev.start();
        return dev;
    }

    /** How a process has ended by itself, and its output. */
    record Ended(int exitCode, String log) {}

    /** Starts a gateway that must end while it starts. */
    static Ended refused(Map<String, String> settings, String... arguments) {
        return refused("dev.sluice.gateway.GatewayApplication", settings, arguments);
    }

    /** Starts a processor that must end while it starts. */
    static Ended refusedProcessor(Map<String, String> settings) {
        return refused("dev.sluice.processor.ProcessorApplication", settings);
    }

    private static Ended refused(String mainClass, Map<String, String> settings, String... arguments) {
        try (GatewayProcess refused = new GatewayProcess("refused", mainClass, settings, arguments)) {
            Process ending = refused.children.start(refused.name, refused.environment, refused.command());
            refused.awaitEnd(ending, START_TIMEOUT);
            return new Ended(ending.exitValue(), refused.log());
        }
    }

    /** Where the API listens. */
    public int httpPort() {
        return httpPort;
    }

    /** Where health and metrics are served. */
    public int managementPort() {
        return managementPort;
    }

    /** The API's address. */
    public URI api() {
        return URI.create("http://127.0.0.1:" + httpPort);
    }

    public long pid() {
        return running().pid();
    }

    /** SIGKILL: the process ends without a last word. Waits until it is gone. */
    public void kill() {
        awaitEnd(running().destroyForcibly(), Duration.ofSeconds(10));
    }

    /**
     * SIGTERM: the process drains and ends by itself; returns its exit code. Fails if it takes longer than
     * {@code atMost}.
     */
    public int terminate(Duration atMost) {
        Process ending = running();
        ending.destroy();
        awaitEnd(ending, atMost);
        return ending.exitValue();
    }

    /** SIGSTOP: the process is there, and does nothing. */
    public void suspend() {
        signal("STOP");
    }

    /** SIGCONT: the process goes on, unaware of the time that has passed. */
    public void resume() {
        signal("CONT");
    }

    /** Starts it again, after it has ended, with the same ports and settings. */
    public void restart() {
        start();
    }

    public boolean isRunning() {
        return process != null && process.isAlive();
    }

    /** The last 4,000 characters of its output. */
    public String log() {
        return children.output(name);
    }

    /** Writes {@link #log} to a file of this folder. */
    public void keepLog(Path folder, int number) {
        try {
            Files.writeString(folder.resolve(name + "-" + number + ".log"), log());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its log lines at this level, each with the lines that follow. */
    List<String> logged(String level) {
        return children.outputsBehind(name, " " + level + " ");
    }

    /** Ends it. Fails if Netty's leak detector has ever reported a buffer of ours. */
    @Override
    public void close() {
        List<String> leaks = children.outputsBehind(name, "LEAK:").stream()
                .filter(leak -> !isOfTheDriver(leak))
                .toList();
        children.close();
        client.close();
        if (!leaks.isEmpty()) {
            throw new AssertionError(name + " did not release a buffer:\n" + leaks.getFirst());
        }
    }

    /**
     * When a connection breaks, r2dbc-postgresql up to 1.1.1 does not release buffers that it had not sent or told yet
     * (its issue 717, mended in 1.1.2). Our own parameters are not of pooled buffers, so the leak is a few bytes for
     * each lost connection.
     */
    private static boolean isOfTheDriver(String leak) {
        return leak.contains("io.r2dbc.postgresql");
    }

    private void start() {
        if (isRunning()) {
            throw new IllegalStateException(name + " runs already");
        }
        process = children.start(name, environment, command());
        awaitReady();
    }

    private List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dio.netty.leakDetection.level=paranoid",
                "-cp",
                System.getProperty("java.class.path"),
                mainClass));
        command.addAll(arguments);
        return command;
    }

    private void awaitReady() {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (!isReady()) {
            if (ended(running(), POLL)) {
                throw new IllegalStateException(name + " ended while starting:\n" + log());
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(name + " was not ready in time:\n" + log());
            }
        }
    }

    /** Whether its readiness probe says yes now. */
    public boolean isReady() {
        try {
            return managed("health/readiness").statusCode() == 200;
        } catch (IOException _) {
            return false;
        }
    }

    /** Its metrics, as Prometheus reads them. */
    public String metrics() {
        try {
            return managed("prometheus").body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse<String> managed(String endpoint) throws IOException {
        try {
            URI uri = URI.create("http://127.0.0.1:" + managementPort + "/actuator/" + endpoint);
            HttpRequest request =
                    HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build();
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void signal(String signal) {
        try {
            new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid())
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void awaitEnd(Process ending, Duration atMost) {
        if (!ended(ending, atMost)) {
            throw new IllegalStateException(name + " did not end within " + atMost + ":\n" + log());
        }
    }

    private static boolean ended(Process process, Duration atMost) {
        try {
            return process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private Process running() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process;
    }
}
