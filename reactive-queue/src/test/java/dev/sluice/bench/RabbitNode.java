package dev.sluice.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A private RabbitMQ node as a child process, on free ports of the loopback, that may be killed, stopped, starved and emptied.
 *
 * <p>It needs an installed {@code rabbitmq-server} and stays apart from a broker that may run already. Not thread-safe; for plain
 * threads only, because nearly every method waits for a process.
 */
public final class RabbitNode implements AutoCloseable {

    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final byte[] AMQP_HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    private static final String CONFIG = """
            log.file.level = warning
            disk_free_limit.absolute = 10MB
            vm_memory_high_watermark.absolute = 2GB
            raft.wal_max_size_bytes = 33554432
            """;

    /** How many messages and consumers a queue has. */
    public record QueueCount(String name, long ready, long unacked, long consumers) {}

    private final Path programs;
    private final Children children = new Children("rabbit");
    private final List<Integer> ports = FreePorts.some(3);
    private final Process portMapper;
    private @Nullable Process server;
    private boolean stopped;

    private RabbitNode(Path programs) {
        this.programs = programs;
        write("rabbit.conf", CONFIG);
        write("plugins", "[].");
        write("env.conf", "");
        // Our own port mapper in the foreground: the one that Erlang starts by itself would outlive us.
        portMapper = children.start(
                "epmd", environment(), List.of("epmd", "-port", ports.get(2).toString(), "-address", "127.0.0.1"));
    }

    /** Starts a node and waits until it answers; throws with what to install if there is no RabbitMQ on this machine. */
    public static RabbitNode start() {
        RabbitNode node = new RabbitNode(programs());
        try {
            node.launch();
            return node;
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
    }

    /** The AMQP port, the same over all restarts. */
    public int port() {
        return ports.getFirst();
    }

    /** The address as {@code host:port}. */
    public String address() {
        return "127.0.0.1:" + port();
    }

    /** Ends the node with SIGKILL, without any word to its clients beyond the closed sockets. */
    public void kill() {
        Process running = server;
        server = null;
        stopped = false;
        if (running != null) {
            running.destroyForcibly();
            await(running);
        }
    }

    /**
     * Writes the node's directory of quorum queues to disk. RabbitMQ 3.10 does that late by itself: a queue that was declared less
     * than about a second before a kill is listed afterwards but never answers.
     */
    public void sync() {
        ctl("eval", "[dets:sync(Table) || Table <- dets:all()].");
    }

    /** Starts it again with what it has on disk; kills it first if it runs. */
    public void restart() {
        kill();
        launch();
    }

    /** Starts it again without anything: as if somebody had replaced the machine. */
    public void restartEmpty() {
        kill();
        deleteRecursively(children.directory().resolve("mnesia"));
        launch();
    }

    /** Stops the process (SIGSTOP): connections stay open and nothing answers. */
    public void stop() {
        signal("-STOP");
        stopped = true;
    }

    /** Lets a stopped process go on (SIGCONT). */
    public void cont() {
        signal("-CONT");
        stopped = false;
    }

    /** Raises the memory alarm: connections that publish are blocked. */
    public void raiseMemoryAlarm() {
        ctl("set_vm_memory_high_watermark", "0.000001");
    }

    /** Clears the memory alarm. */
    public void clearMemoryAlarm() {
        ctl("set_vm_memory_high_watermark", "absolute", "2GB");
    }

    /** Deletes a queue under whoever uses it. */
    public void deleteQueue(String name) {
        ctl("delete_queue", name);
    }

    /** Closes all connections from the broker's side. */
    public void closeConnections() {
        ctl("close_all_connections", "closed by the bench");
    }

    /** Counts of all queues, by name. */
    public Map<String, QueueCount> queues() {
        Map<String, QueueCount> counts = new HashMap<>();
        String columns = ctl(
                "list_queues", "--no-table-headers", "name", "messages_ready", "messages_unacknowledged", "consumers");
        for (String line : columns.lines().toList()) {
            String[] cells = line.split("\t", -1);
            if (cells.length == 4) {
                counts.put(cells[0], new QueueCount(cells[0], count(cells[1]), count(cells[2]), count(cells[3])));
            }
        }
        return counts;
    }

    /** Runs {@code rabbitmqctl} on this node and returns what it printed; throws if it fails. */
    public String ctl(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(programs.resolve("rabbitmqctl").toString());
        command.add("--quiet");
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment());
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            await(process);
            if (process.exitValue() != 0) {
                throw new IllegalStateException("rabbitmqctl " + Arrays.toString(arguments) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (stopped) {
            cont();
        }
        kill();
        portMapper.destroyForcibly();
        await(portMapper);
        children.close();
    }

    private void launch() {
        Process process = children.start(
                "server",
                environment(),
                List.of(programs.resolve("rabbitmq-server").toString()));
        server = process;
        long deadline = System.nanoTime() + START_NANOS;
        while (!answers()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException("the broker did not start: " + children.output("server"));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()), 1_000);
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write(AMQP_HEADER);
            return socket.getInputStream().read() == 1;
        } catch (IOException _) {
            return false;
        }
    }

    private Map<String, String> environment() {
        Path home = children.directory();
        return Map.ofEntries(
                Map.entry("HOME", home.toString()),
                Map.entry("RABBITMQ_NODENAME", "bench" + port() + "@localhost"),
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
                // Few schedulers that do not spin: several nodes and their clients share the machine.
                Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"),
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

    private static Path programs() {
        try (Stream<Path> installed = Files.list(Path.of("/usr/lib/rabbitmq/lib"))) {
            return installed
                    .map(version -> version.resolve("sbin"))
                    .filter(sbin -> Files.isExecutable(sbin.resolve("rabbitmq-server")))
                    .findFirst()
                    .orElseThrow(RabbitNode::notInstalled);
        } catch (IOException _) {
            throw notInstalled();
        }
    }

    private static IllegalStateException notInstalled() {
        return new IllegalStateException("these tests need RabbitMQ 3.10 or newer under /usr/lib/rabbitmq/lib:"
                + " apt-get install rabbitmq-server (it need not run)");
    }

    private static long count(String cell) {
        return cell.isBlank() ? 0 : Long.parseLong(cell.strip());
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

    private static void deleteRecursively(Path root) {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
