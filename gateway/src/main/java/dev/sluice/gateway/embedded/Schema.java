package dev.sluice.gateway.embedded;

import dev.sluice.migrations.MigrationException;
import dev.sluice.migrations.Migrations;
import java.util.function.Consumer;

/** The schema of the embedded database. */
final class Schema {

    private Schema() {}

    static void bringUpToDate(EmbeddedPostgres postgres, Consumer<String> progress) {
        try {
            int steps = Migrations.migrate(postgres.jdbcUrl(), EmbeddedPostgres.USER, postgres.password())
                    .steps();
            progress.accept(steps == 0 ? "database is ready" : "database is ready, " + steps + " migration(s) applied");
        } catch (MigrationException e) {
            postgres.close();
            throw new EmbeddedException(String.valueOf(e.getMessage()), e);
        }
    }
}
