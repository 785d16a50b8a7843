package dev.sluice.migrations;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/**
 * The migration as a job of its own. Settings come from the environment, so that no password is seen in a list of
 * processes.
 */
public final class MigrateCommand {

    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    /** With pauses of 2 s: a database that starts together with this job is there by then. */
    private static final int CONNECT_RETRIES = 10;

    private static final String HELP = """
            Usage: ./sluice migrate

            Brings a PostgreSQL database (15 or newer) to the schema of this version. It may run as often as you
            like, also several times at once: steps that were taken are not taken again.

            Environment
              SLUICE_DATABASE_URL       postgresql://HOST[:PORT]/DATABASE, required
              SLUICE_DATABASE_USERNAME  default: sluice
              SLUICE_DATABASE_PASSWORD  default: empty

            Example
              SLUICE_DATABASE_URL=postgresql://db/sluice SLUICE_DATABASE_PASSWORD=… ./sluice migrate

            Exit codes: 0 the schema is there, 1 failed, 2 usage.""";

    private MigrateCommand() {}

    public static void main(String[] arguments) {
        // There is nothing to configure a log with in this small job: what matters is printed, what fails is an
        // exception.
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        System.exit(run(List.of(arguments), System.getenv(), System.out, System.err));
    }

    static int run(List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
        if (arguments.contains("--help") || arguments.contains("-h")) {
            out.println(HELP);
            return OK;
        }
        String url = environment.getOrDefault("SLUICE_DATABASE_URL", "");
        if (!arguments.isEmpty() || url.isBlank()) {
            err.println(
                    arguments.isEmpty()
                            ? "SLUICE_DATABASE_URL is not set"
                            : "unknown argument " + arguments.getFirst());
            err.println(HELP);
            return USAGE;
        }
        return migrate(
                url,
                environment.getOrDefault("SLUICE_DATABASE_USERNAME", "sluice"),
                environment.getOrDefault("SLUICE_DATABASE_PASSWORD", ""),
                out,
                err);
    }

    private static int migrate(String url, String username, String password, PrintStream out, PrintStream err) {
        try {
            Migrations.Outcome outcome = Migrations.migrate(url, username, password, CONNECT_RETRIES);
            out.println("schema version " + outcome.version() + ", " + outcome.steps() + " new steps");
            return OK;
        } catch (MigrationException e) {
            err.println(e.getMessage());
            return FAILED;
        }
    }
}
