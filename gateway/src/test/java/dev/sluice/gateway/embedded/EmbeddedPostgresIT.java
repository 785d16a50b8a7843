package dev.sluice.gateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresIT {

    @TempDir
    Path temporary;

    @Test
    void keepsItsTablesAcrossRestarts() throws SQLException {
        try (DataFolder folder = DataFolder.take(temporary.resolve("data"))) {
            try (EmbeddedPostgres first = EmbeddedPostgres.start(folder, EmbeddedPostgres.freePort(), _ -> {})) {
                execute(first, "create table kept (id int); insert into kept values (42)");
            }

            try (EmbeddedPostgres second = EmbeddedPostgres.start(folder, EmbeddedPostgres.freePort(), _ -> {})) {
                assertThat(query(second, "select id from kept")).isEqualTo("42");
            }
        }
    }

    @Test
    void doesNotForgetCommits() throws SQLException {
        try (DataFolder folder = DataFolder.take(temporary.resolve("data"));
                EmbeddedPostgres postgres = EmbeddedPostgres.start(folder, EmbeddedPostgres.freePort(), _ -> {})) {
            assertThat(query(
                            postgres,
                            "select current_setting('fsync') || current_setting('full_page_writes')"
                                    + " || current_setting('synchronous_commit')"))
                    .isEqualTo("ononon");
        }
    }

    @Test
    void takesOverFromAServerThatWasLeftBehind() throws SQLException {
        List<String> said = new ArrayList<>();
        try (DataFolder folder = DataFolder.take(temporary.resolve("data"))) {
            EmbeddedPostgres leftBehind = EmbeddedPostgres.start(folder, EmbeddedPostgres.freePort(), _ -> {});
            execute(leftBehind, "create table kept (id int); insert into kept values (7)");

            try (EmbeddedPostgres next = EmbeddedPostgres.start(folder, EmbeddedPostgres.freePort(), said::add)) {
                assertThat(query(next, "select id from kept")).isEqualTo("7");
            }
        }
        assertThat(said).contains("stopping the database that an earlier run left behind");
    }

    @Test
    void refusesAFolderThatIsInUse() {
        Path data = temporary.resolve("data");
        try (DataFolder held = DataFolder.take(data)) {
            assertThatThrownBy(() -> DataFolder.take(data))
                    .isInstanceOf(EmbeddedException.class)
                    .hasMessageContaining("in use by another Sluice (process "
                            + ProcessHandle.current().pid())
                    .hasMessageContaining("--data");
            assertThat(held.root()).isEqualTo(data);
        }
    }

    @Test
    void namesTheArchiveOfEachPlatform() {
        assertThat(PostgresBinaries.archiveOf("Linux", "amd64")).isEqualTo("postgres-linux-x86_64.txz");
        assertThat(PostgresBinaries.archiveOf("Mac OS X", "aarch64")).isEqualTo("postgres-darwin-arm_64.txz");
    }

    private static void execute(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
        return DriverManager.getConnection(postgres.jdbcUrl(), EmbeddedPostgres.USER, postgres.password());
    }
}
