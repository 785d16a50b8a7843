package dev.sluice.migrations;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.output.MigrateResult;

/**
 * Brings a database to the schema of this version, step by step. Each step is one transaction; several migrations of
 * one database at once wait for each other. Blocks: not for an event loop.
 */
public final class Migrations {

    /** The schema this version of the program works with. Gateways of a schema before 5 do not work with it. */
    public static final int VERSION = 7;

    /** Where the steps that were taken are written down. */
    public static final String HISTORY_TABLE = "sluice_schema_history";

    private static final String STEPS = "classpath:dev/sluice/migrations";

    private Migrations() {}

    /**
     * What a migration did.
     *
     * @param steps how many it took; none if the database had them all
     * @param version of the schema now
     */
    public record Outcome(int steps, String version) {}

    /**
     * Takes the steps that are missing.
     *
     * @param url {@code postgresql://host:5432/database}, with or without {@code jdbc:} before it
     * @throws MigrationException if the database cannot be reached, refuses, or has steps that this program does not
     *     know
     */
    public static Outcome migrate(String url, String username, String password) {
        return migrate(url, username, password, 0);
    }

    /**
     * As above; a database that cannot be reached yet is tried again up to {@code retries} times, with pauses of 1 s
     * and more.
     */
    static Outcome migrate(String url, String username, String password, int retries) {
        try {
            MigrateResult result = Flyway.configure(Migrations.class.getClassLoader())
                    .dataSource(jdbcUrl(url), username, password)
                    .locations(STEPS)
                    .table(HISTORY_TABLE)
                    .loggers("slf4j")
                    .cleanDisabled(true)
                    .connectRetries(retries)
                    .connectRetriesInterval(2)
                    .load()
                    .migrate();
            String version =
                    result.targetSchemaVersion == null ? result.initialSchemaVersion : result.targetSchemaVersion;
            return new Outcome(result.migrationsExecuted, version);
        } catch (FlywayException e) {
            throw new MigrationException("The database was not migrated: " + e.getMessage(), e);
        }
    }

    private static String jdbcUrl(String url) {
        return url.startsWith("jdbc:") ? url : "jdbc:" + url.replaceFirst("^postgres://", "postgresql://");
    }
}
