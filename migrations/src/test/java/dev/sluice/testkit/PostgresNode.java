package dev.sluice.testkit;

import dev.sluice.migrations.Migrations;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A private PostgreSQL server with all that makes commits durable, on a free port, with its tables in a temporary
 * folder. Tests may kill it, stop it, freeze it and start it again on the same tables. It runs the programs that come
 * with the build, or the installed ones that the system property {@code tests.postgres} names (a folder with
 * {@code initdb} and {@code postgres}).
 *
 * <p>Nothing of it outlives the JVM. Not thread-safe, except for {@link #freshDatabase}.
 */
public final class PostgresNode implements AutoCloseable {

    public static final String HOST = "127.0.0.1";
    public static final String USER = "sluice";
    public static final String PASSWORD = "sluice";

    private static final String TEMPLATE = "sluice_template";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);
    private static final String LOG = "postgres";

    private static @Nullable PostgresNode shared;

    private final Children children = new Children("postgres");
    private final AtomicInteger databases = new AtomicInteger();
    private final int port = FreePorts.one();
    private final Path programs;
    private final Path tables = children.directory().resolve("tables");
    private Process process;
    private boolean hasTemplate;

    private PostgresNode() {
        programs = programs(children.directory());
        run(unprivileged(List.of(
                programs.resolve("initdb").toString(),
                "--pgdata=" + tables,
                "--username=" + USER,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions")));
        process = started();
    }

    /** The server that all tests of this JVM share, each with databases of its own. Do not kill it. */
    public static synchronized PostgresNode shared() {
        if (shared == null) {
            shared = new PostgresNode();
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }

    /** A server of one's own. */
    public static PostgresNode start() {
        return new PostgresNode();
    }

    public int port() {
        return port;
    }

    public String jdbcUrl(String database) {
        return "jdbc:postgresql://" + HOST + ":" + port + "/" + database;
    }

    /** A connection to {@code database}, past everything that is tested. */
    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(database), USER, PASSWORD);
    }

    /** The first column of the last statement that gives rows, past everything that is tested. */
    public List<String> query(String database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            List<String> first = new ArrayList<>();
            for (boolean rows = statement.execute(sql);
                    rows || statement.getUpdateCount() != -1;
                    rows = statement.getMoreResults()) {
                if (rows) {
                    first.clear();
                    ResultSet result = statement.getResultSet();
                    while (result.next()) {
                        first.add(String.valueOf(result.getString(1)));
                    }
                }
            }
            return first;
        }
    }

    /** Creates a database with the schema of this version and gives its name. */
    public synchronized String freshDatabase() {
        if (!hasTemplate) {
            execute("create database " + TEMPLATE);
            Migrations.migrate(jdbcUrl(TEMPLATE), USER, PASSWORD);
            hasTemplate = true;
        }
        String name = "test_" + databases.incrementAndGet();
        execute("create database " + name + " template " + TEMPLATE);
        return name;
    }

    /** Creates a database with nothing in it and gives its name. */
    public String emptyDatabase() {
        String name = "empty_" + databases.incrementAndGet();
        execute("create database " + name);
        return name;
    }

    /** Kills the server and all its processes, as a power cut would. */
    public void kill() {
        List<ProcessHandle> all = processes();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(each -> each.onExit().join());
    }

    /** Shuts the server down; open connections are closed. */
    public void stop() {
        run(List.of("kill", "-INT", Long.toString(process.pid())));
        try {
            if (!process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                kill();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            kill();
        }
    }

    /** Starts it again, on the same port and tables, and waits until it takes connections. */
    public void restart() {
        process = started();
    }

    /** Stops all its processes where they are: connections stay open and nothing answers. */
    public void freeze() {
        signal("-STOP");
    }

    /** Lets it go on after {@link #freeze}. */
    public void thaw() {
        signal("-CONT");
    }

    @Override
    public void close() {
        kill();
        children.close();
    }

    private void execute(String sql) {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private Process started() {
        List<String> command = new ArrayList<>(unprivileged(List.of(
                programs.resolve("postgres").toString(), "-D", tables.toString(), "-p", Integer.toString(port))));
        for (String setting : List.of(
                "listen_addresses=" + HOST,
                "unix_socket_directories=",
                "max_connections=100",
                "shared_buffers=128MB",
                "max_wal_size=2GB",
                "timezone=UTC",
                "log_timezone=UTC")) {
            command.add("-c");
            command.add(setting);
        }
        Process server = children.start(LOG, Map.of("LC_ALL", "C"), command);
        awaitReady(server);
        return server;
    }

    private void awaitReady(Process server) {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        try {
            while (!accepts()) {
                if (server.waitFor(20, TimeUnit.MILLISECONDS) || System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException("Postgres did not start; it said:\n" + children.output(LOG));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while Postgres was starting", e);
        }
    }

    private boolean accepts() {
        try (Connection connection = connect("postgres")) {
            return connection.isValid(1);
        } catch (SQLException _) {
            return false;
        }
    }

    private void signal(String name) {
        List<String> command = new ArrayList<>(List.of("kill", name));
        processes().forEach(each -> command.add(Long.toString(each.pid())));
        run(command);
    }

    private List<ProcessHandle> processes() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
    }

    /** Postgres refuses to run as root; in a user namespace of its own it is nobody, and yet owns its files. */
    private static List<String> unprivileged(List<String> command) {
        if (!System.getProperty("user.name", "").equals("root")) {
            return command;
        }
        List<String> wrapped = new ArrayList<>(List.of("unshare", "--user"));
        wrapped.addAll(command);
        return wrapped;
    }

    private static Path programs(Path directory) {
        String installed = System.getProperty("tests.postgres", "");
        if (!installed.isEmpty()) {
            return Path.of(installed);
        }
        boolean arm = System.getProperty("os.arch", "").equals("aarch64");
        boolean mac = System.getProperty("os.name", "").startsWith("Mac");
        String archive = "postgres-" + (mac ? "darwin" : "linux") + "-" + (arm ? "arm_64" : "x86_64") + ".txz";
        Path packed = directory.resolve(archive);
        try (InputStream in = PostgresNode.class.getResourceAsStream("/" + archive)) {
            if (in == null) {
                throw new IllegalStateException(archive + " is not in this build: name installed programs with"
                        + " -Dtests.postgres=/usr/lib/postgresql/<version>/bin");
            }
            Files.copy(in, packed);
            Path home = Files.createDirectory(directory.resolve("programs"));
            run(List.of("tar", "-xJf", packed.toString(), "-C", home.toString()));
            Files.delete(packed);
            return home.resolve("bin");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output =
                    new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed:\n" + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted: " + String.join(" ", command), e);
        }
    }
}
