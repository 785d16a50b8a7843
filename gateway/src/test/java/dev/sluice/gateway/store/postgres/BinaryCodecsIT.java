package dev.sluice.gateway.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.store.TestStore;
import io.r2dbc.spi.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BinaryCodecsIT {

    private static final String ALL_TYPES =
            "select ($1 || '')::text, ($2 + 0)::text, ($3 + 0)::text, ($4 or false)::text, ($5)::text,"
                    + " to_char($6 at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), to_char($7, 'YYYY-MM-DD')";

    private static final UUID ID = UUID.fromString("01a1fe9e-0198-727f-892d-09543e702937");

    private static TestStore it;

    @BeforeAll
    static void start() {
        it = TestStore.open();
    }

    @AfterAll
    static void stop() {
        it.close();
    }

    @Test
    void writesEachKindOfValueAsItIs() {
        List<List<String>> rows = TestStore.await(it.database.query(
                ALL_TYPES,
                statement -> bind(statement, "\"ü\ud83d\ude00'", -1, Long.MIN_VALUE + 1, true, ID)
                        .bind("$6", Instant.parse("1969-12-31T23:59:59.999999Z"))
                        .bind("$7", LocalDate.of(1999, 12, 31)),
                row -> List.of(
                        Columns.text(row, 0),
                        Columns.text(row, 1),
                        Columns.text(row, 2),
                        Columns.text(row, 3),
                        Columns.text(row, 4),
                        Columns.text(row, 5),
                        Columns.text(row, 6))));

        assertThat(rows.getFirst())
                .containsExactly(
                        "\"ü\ud83d\ude00'",
                        "-1",
                        "-9223372036854775807",
                        "true",
                        ID.toString(),
                        "1969-12-31 23:59:59.999999",
                        "1999-12-31");
    }

    private static Statement bind(Statement statement, String text, int number, long big, boolean yes, UUID id) {
        return statement
                .bind("$1", text)
                .bind("$2", number)
                .bind("$3", big)
                .bind("$4", yes)
                .bind("$5", id);
    }
}
