package dev.sluice.gateway.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A PostgreSQL server of this process, on loopback, with its tables in a {@link DataFolder}. It is as durable as one in
 * production: only its bounds are smaller.
 */
final class EmbeddedPostgres implements AutoCloseable {

    static final String USER = "sluice";
    static final String DATABASE = "postgres";

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60); // a crash recovery may be long
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(10);

    private final Process process;
    private final int port;
    private final String password;

    private EmbeddedPostgres(Process process, int port, String password) {
        this.process = process;
        this.port = port;
        this.password = password;
    }

    /**
     * Starts the server, with new tables if there are none, and returns once it accepts connections.
     *
     * @param port of the loopback, see {@link #freePort}
     */
    static EmbeddedPostgres start(DataFolder folder, int port, Consumer<String> progress) {
        try {
            return started(folder, port, progress);
        } catch (IOException e) {
            throw new EmbeddedException("PostgreSQL could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedException("interrupted while PostgreSQL was starting", e);
        }
    }

    private static EmbeddedPostgres started(DataFolder folder, int port, Consumer<String> progress)
            throws IOException, InterruptedException {
        Path programs = PostgresBinaries.unpackedIn(folder.root());
        stopLeftOver(folder.tables(), progress);
        if (!Files.exists(folder.tables().resolve("PG_VERSION"))) {
            progress.accept("making the database in " + folder.tables());
            create(folder, programs);
        }
        Process process = new ProcessBuilder(serverCommand(programs, folder.tables(), port))
                .redirectErrorStream(true)
                .redirectOutput(folder.postgresLog().toFile())
                .start();
        awaitReady(process, folder);
        return new EmbeddedPostgres(process, port, folder.password());
    }

    String password() {
        return password;
    }

    String jdbcUrl() {
        return "jdbc:" + urlOf(port);
    }

    /** The address of a server on this port, before or after its start. */
    static String urlOf(int port) {
        return "postgresql://127.0.0.1:" + port + "/" + DATABASE;
    }

    /** Stops the server, waiting for a last checkpoint; connections that are still open are closed. */
    @Override
    public void close() {
        try {
            interrupt(process.toHandle());
            if (!process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly(); // the log of writes brings it back
            }
        } catch (IOException e) {
            process.destroy();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroy();
        }
    }

    private static void create(DataFolder folder, Path programs) throws IOException, InterruptedException {
        folder.password(); // written before initdb reads it
        Path unfinished = folder.root().resolve("tables-unfinished");
        run(List.of("rm", "-rf", unfinished.toString()));
        run(unprivileged(List.of(
                programs.resolve("bin/initdb").toString(),
                "--pgdata=" + unfinished,
                "--username=" + USER,
                "--auth=scram-sha-256",
                "--pwfile=" + folder.passwordFile(),
                "--encoding=UTF8",
                "--locale=C",
                "--no-instructions")));
        Files.move(unfinished, folder.tables());
    }

    private static List<String> serverCommand(Path programs, Path tables, int port) {
        List<String> command = new ArrayList<>();
        // A session of its own: Ctrl-C in a terminal reaches the gateway only, which drains first and stops this server
        // last.
        if (isInstalled("setsid")) {
            command.add("setsid");
        }
        command.addAll(unprivileged(List.of(
                programs.resolve("bin/postgres").toString(), "-D", tables.toString(), "-p", Integer.toString(port))));
        for (String setting : List.of(
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "fsync=on",
                "full_page_writes=on",
                "synchronous_commit=on",
                "max_connections=64",
                "shared_buffers=256MB",
                "max_wal_size=2GB",
                "wal_level=minimal",
                "max_wal_senders=0",
                "jit=off",
                "timezone=UTC",
                "log_timezone=UTC")) {
            command.add("-c");
            command.add(setting);
        }
        return command;
    }

    /** Postgres refuses to run as root; in a user namespace of its own it is nobody, and yet owns its files. */
    private static List<String> unprivileged(List<String> command) {
        if (!System.getProperty("user.name", "").equals("root")) {
            return command;
        }
        if (!isInstalled("unshare")) {
            throw new EmbeddedException(
                    "PostgreSQL does not run as root, and `unshare` is not installed (package util-linux)."
                            + " Install it, or run as another user");
        }
        List<String> wrapped = new ArrayList<>(List.of("unshare", "--user"));
        wrapped.addAll(command);
        return wrapped;
    }

    private static boolean isInstalled(String program) {
        return List.of(System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(java.io.File.pathSeparator)).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /**
     * A process that was killed leaves its server running: that server ends here, so that the tables have one owner.
     */
    private static void stopLeftOver(Path tables, Consumer<String> progress) throws IOException, InterruptedException {
        Path pidFile = tables.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        Optional<ProcessHandle> leftOver = serverOf(tables, pidFile);
        if (leftOver.isPresent()) {
            progress.accept("stopping the database that an earlier run left behind");
            interrupt(leftOver.get());
            awaitEnd(leftOver.get());
        }
        Files.deleteIfExists(pidFile);
    }

    /** Only a process whose command line names these tables is ours: by now the number may belong to any process. */
    private static Optional<ProcessHandle> serverOf(Path tables, Path pidFile) throws IOException {
        List<String> lines = Files.readAllLines(pidFile);
        if (lines.isEmpty() || !lines.getFirst().matches("\\d{1,10}")) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(lines.getFirst()))
                .filter(handle -> handle.info()
                        .commandLine()
                        .map(line -> line.contains("postgres") && line.contains(tables.toString()))
                        .orElse(false));
    }

    private static void awaitEnd(ProcessHandle server) throws InterruptedException {
        try {
            server.onExit().get(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            server.destroyForcibly();
            server.onExit().join();
        }
    }

    private static void awaitReady(Process process, DataFolder folder) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        Path pidFile = folder.tables().resolve("postmaster.pid");
        while (!isReady(pidFile)) {
            if (process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new EmbeddedException(
                        "PostgreSQL ended while starting; it said:\n" + tailOf(folder.postgresLog()));
            }
            if (System.nanoTime() - deadline > 0) {
                process.destroyForcibly();
                throw new EmbeddedException("PostgreSQL was not ready within " + START_TIMEOUT.toSeconds() + " s; see "
                        + folder.postgresLog());
            }
        }
    }

    /** The eighth line of the server's pid file says its state. */
    private static boolean isReady(Path pidFile) throws IOException {
        if (!Files.exists(pidFile)) {
            return false;
        }
        List<String> lines = Files.readAllLines(pidFile, StandardCharsets.ISO_8859_1);
        return lines.size() >= 8 && lines.get(7).strip().equals("ready");
    }

    private static String tailOf(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 10), lines.size()));
    }

    /** SIGINT is Postgres' fast shutdown; Java can send only SIGTERM, which waits for every client. */
    private static void interrupt(ProcessHandle server) throws IOException, InterruptedException {
        run(List.of("sh", "-c", "kill -INT " + server.pid()));
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0 && !command.getFirst().equals("sh")) {
            throw new EmbeddedException("`" + String.join(" ", command) + "` failed:\n" + output);
        }
    }

    /** A port of the loopback on which no process listens now. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new EmbeddedException("there is no free port on the loopback", e);
        }
    }
}
