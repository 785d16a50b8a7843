package dev.sluice.gateway.embedded;

import dev.sluice.gateway.Launch;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Everything in one process: the command that a new user starts first. */
@Command(
        name = "./sluice dev",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Starts everything in one process: database, gateway, processor, sample kinds, console.",
        footer = {
            "",
            "Examples",
            "  ./sluice dev",
            "  ./sluice dev --command 'gzip=gzip -9'",
            "  ./sluice dev --http report=http://localhost:3000/reports --port 9000"
        })
public final class DevCommand implements Callable<Integer> {

    private static final int UNAVAILABLE = 5;

    /**
     * Nothing asks for a credential yet, and a caller can have programs run: so only this machine may connect. The
     * drain leaves time for the rest to stop.
     */
    private static final Map<String, Object> DEFAULTS =
            Map.of("sluice.http.address", "127.0.0.1", "sluice.processor.drain", "5s");

    @Option(
            names = "--http",
            paramLabel = "NAME=URL",
            description = "a kind whose work is posted to an HTTP API; repeatable")
    private final Map<String, String> httpKinds = new LinkedHashMap<>();

    @Option(
            names = "--command",
            paramLabel = "NAME='PROGRAM ARGS'",
            description = "a kind whose work a local program does: input on stdin, result from stdout; repeatable")
    private final Map<String, String> commandKinds = new LinkedHashMap<>();

    @Option(names = "--data", paramLabel = "DIR", description = "where everything is kept (default: .sluice)")
    private Path data = Path.of(".sluice");

    @Option(names = "--port", paramLabel = "N", description = "where the API listens (default: 8080; 0: a free one)")
    private @Nullable Integer port;

    @Option(
            names = "--management-port",
            paramLabel = "N",
            description = "where health and metrics are served (default: 8081; 0: a free one)")
    private @Nullable Integer managementPort;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "YAML with settings (default: ./sluice.yaml, if any)")
    private @Nullable Path config;

    @Option(names = "--rehearse", hidden = true, description = "work a little, then end: for the start cache")
    private boolean rehearse;

    private final PrintStream out = System.out;
    private final long startedAt = System.nanoTime();

    public static void main(String[] args) {
        int exit = new CommandLine(new DevCommand()).execute(args);
        if (exit != 0) {
            System.exit(exit);
        }
    }

    @Override
    public Integer call() {
        EmbeddedDatabase database;
        try {
            database = new EmbeddedDatabase(DataFolder.take(data));
        } catch (EmbeddedException e) {
            System.err.println("sluice: " + e.getMessage());
            return UNAVAILABLE;
        }
        out.println(
                "Sluice is starting; its data is in " + data.toAbsolutePath().normalize());
        database.start(this::progress);
        return Launch.exitCodeOf(() -> run(database));
    }

    private void run(EmbeddedDatabase database) {
        SpringApplication application = Launch.of(config, DEFAULTS, EmbeddedConfiguration.class);
        application.addInitializers(context -> register((GenericApplicationContext) context, database));
        ConfigurableApplicationContext context;
        try {
            context = application.run(overrides(database).toArray(String[]::new));
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
        new Banner(context.getEnvironment(), out).show(data, Duration.ofNanos(System.nanoTime() - startedAt));
        if (rehearse) {
            rehearse(context);
        }
    }

    private void rehearse(ConfigurableApplicationContext context) {
        String api = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
        try (context) {
            int accepted = new Rehearsal(api).run();
            out.println("rehearsed with " + accepted + " requests, needs " + Rehearsal.ENOUGH);
            if (accepted < Rehearsal.ENOUGH) {
                throw new IllegalStateException("rehearsed too little");
            }
        }
    }

    private void register(GenericApplicationContext context, EmbeddedDatabase database) {
        context.registerBean(EmbeddedDatabase.class, () -> database, definition -> definition.setDestroyMethodName(""));
    }

    private List<String> overrides(EmbeddedDatabase database) {
        List<String> overrides = new ArrayList<>(List.of(
                "--sluice.database.url=" + database.url(),
                "--sluice.database.username=" + EmbeddedPostgres.USER,
                "--sluice.database.password=" + database.password(),
                "--sluice.processor.samples=true"));
        httpKinds.forEach((kind, url) -> overrides.add("--sluice.processor.kinds." + kind + ".http.url=" + url));
        commandKinds.forEach(
                (kind, line) -> overrides.add("--sluice.processor.kinds." + kind + ".command.line=" + line));
        if (port != null) {
            overrides.add("--sluice.http.port=" + port);
        }
        if (managementPort != null) {
            overrides.add("--sluice.management.port=" + managementPort);
        }
        return overrides;
    }

    private void progress(String message) {
        out.printf(
                "  %4.1f s  %s%n",
                Duration.ofNanos(System.nanoTime() - startedAt).toMillis() / 1_000.0, message);
    }
}
