package dev.sluice.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A node as child process, from programs on this machine. It stays apart from a broker that may run already. */
final class InstalledRabbit implements RabbitServer {

    private static final Path PACKAGES = Path.of("/usr/lib/rabbitmq/lib");

    private final Path programs;
    private final Children children = new Children("rabbit");
    private final List<Integer> ports = FreePorts.some(3);
    private final Process portMapper;
    private @Nullable Process server;

    /** A node of the programs in this folder: {@code rabbitmq-server} and {@code rabbitmqctl}. */
    InstalledRabbit(Path programs) {
        this.programs = programs;
        write("rabbit.conf", CONFIG);
        write("plugins", "[].");
        write("env.conf", "");
        // Our own port mapper in the foreground: the one that Erlang starts by itself would outlive us.
        portMapper = children.start(
                "epmd", environment(), List.of("epmd", "-port", ports.get(2).toString(), "-address", "127.0.0.1"));
    }

    /** The programs that a package of Debian or Ubuntu has installed. */
    static Optional<Path> packaged() {
        try (Stream<Path> versions = Files.list(PACKAGES)) {
            return versions.map(version -> version.resolve("sbin"))
                    .filter(InstalledRabbit::isComplete)
                    .findFirst();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    static boolean isComplete(Path programs) {
        return Files.isExecutable(programs.resolve("rabbitmq-server"))
                && Files.isExecutable(programs.resolve("rabbitmqctl"));
    }

    @Override
    public int port() {
        return ports.getFirst();
    }

    @Override
    public void launch() {
        server = children.start(
                "server",
                environment(),
                List.of(programs.resolve("rabbitmq-server").toString()));
    }

    @Override
    public boolean isAlive() {
        return server != null && server.isAlive();
    }

    @Override
    public void kill() {
        Process running = server;
        server = null;
        if (running != null) {
            running.destroyForcibly();
            await(running);
        }
    }

    @Override
    public void empty() {
        try (Stream<Path> paths = Files.walk(children.directory().resolve("mnesia"))) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void pause() {
        signal("-STOP");
    }

    @Override
    public void unpause() {
        signal("-CONT");
    }

    @Override
    public String ctl(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(programs.resolve("rabbitmqctl").toString());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment());
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            await(process);
            if (process.exitValue() != 0) {
                throw new IllegalStateException("rabbitmqctl " + arguments + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String output() {
        return children.output("server");
    }

    @Override
    public void close() {
        kill();
        portMapper.destroyForcibly();
        await(portMapper);
        children.close();
    }

    private Map<String, String> environment() {
        Path home = children.directory();
        return Map.ofEntries(
                Map.entry("HOME", home.toString()),
                Map.entry("RABBITMQ_NODENAME", "testkit" + port() + "@localhost"),
                Map.entry("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
                Map.entry("RABBITMQ_NODE_PORT", Integer.toString(port())),
                Map.entry("RABBITMQ_DIST_PORT", ports.get(1).toString()),
                Map.entry("ERL_EPMD_PORT", ports.get(2).toString()),
                Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
                Map.entry("RABBITMQ_MNESIA_BASE", home.resolve("mnesia").toString()),
                Map.entry("RABBITMQ_LOG_BASE", home.resolve("log").toString()),
                Map.entry("RABBITMQ_PID_FILE", home.resolve("pid").toString()),
                Map.entry("RABBITMQ_CONFIG_FILE", home.resolve("rabbit.conf").toString()),
                Map.entry(
                        "RABBITMQ_ENABLED_PLUGINS_FILE", home.resolve("plugins").toString()),
                Map.entry("RABBITMQ_CONF_ENV_FILE", home.resolve("env.conf").toString()),
                Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", ERLANG_ARGUMENTS),
                // The start script then replaces itself with the node, so that the child we know is the node.
                Map.entry("RUNNING_UNDER_SYSTEMD", "true"));
    }

    private void signal(String signal) {
        Process running = server;
        if (running == null) {
            throw new IllegalStateException("the broker does not run");
        }
        try {
            await(new ProcessBuilder("kill", signal, Long.toString(running.pid())).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String name, String text) {
        try {
            Files.writeString(children.directory().resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(Process process) {
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a child does not end: " + process.info());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
