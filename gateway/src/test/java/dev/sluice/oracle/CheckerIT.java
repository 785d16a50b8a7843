package dev.sluice.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.PostgresNode;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The checker is checked: a good history passes, each planted bug is caught. */
class CheckerIT {

    private static final int REQUESTS = 50;

    private Connection postgres;
    private History.Facts facts;
    private final List<UUID> ids = new ArrayList<>();

    @BeforeEach
    void storeRequestsThatSucceeded() throws SQLException {
        PostgresNode node = PostgresNode.shared();
        postgres = node.connect(node.freshDatabase());
        facts = History.Facts.none();
        for (int number = 1; number <= REQUESTS; number++) {
            UUID id = id(number);
            ids.add(id);
            store(id, number);
            facts.kinds().put(number, "echo");
            facts.accepted().put(number, id);
        }
    }

    @AfterEach
    void close() throws SQLException {
        postgres.close();
    }

    @Test
    void findsNothingWrongWithAGoodHistory() throws SQLException {
        assertThat(violated()).isEmpty();
    }

    @Test
    void catchesALostRequest() throws SQLException {
        execute("delete from request where id = '" + ids.getFirst() + "'");

        assertThat(violated()).contains("G1");
    }

    @Test
    void catchesARequestThatNeverEnded() throws SQLException {
        execute("update request set state = 2, dispatched = true where id = '" + ids.getFirst() + "'");

        assertThat(violated()).contains("G1", "G8");
    }

    @Test
    void catchesADroppedJournalRow() throws SQLException {
        execute("delete from request_log where id = '" + ids.getFirst() + "'");

        assertThat(violated()).contains("G2", "G6");
    }

    @Test
    void catchesTwoTerminalEvents() throws SQLException {
        log(ids.getFirst(), 5, "succeeded", "{}");

        assertThat(violated()).contains("G2");
    }

    @Test
    void catchesAGhost() throws SQLException {
        store(id(REQUESTS + 1), REQUESTS + 1);

        assertThat(violated()).contains("G3");
    }

    @Test
    void catchesARefusedRequestThatIsStored() throws SQLException {
        facts.refused().add(1);

        assertThat(violated()).contains("G3");
    }

    @Test
    void catchesARequestStoredTwice() throws SQLException {
        store(id(REQUESTS + 1), 1);

        assertThat(violated()).contains("G3");
    }

    @Test
    void catchesMoreRunsThanTokens() throws SQLException {
        assertThat(Checker.check(postgres, facts, REQUESTS - 1))
                .extracting(Violation::guarantee)
                .contains("G4");
    }

    /** Its processor was killed after the run had ended, and before a gateway heard of it. */
    @Test
    void countsNoTokenOfARunWhoseEndNobodyHeardOf() throws SQLException {
        UUID first = ids.getFirst();
        execute("delete from request_log where id = '" + first + "'");
        log(first, 3, "started", "{\"processor\":\"p\"}", "2026-11-21T09:59:00Z");
        log(first, 4, "accepted", "{\"reason\":\"crashed\"}", "2026-11-21T10:00:09Z");

        assertThat(Checker.check(postgres, facts, REQUESTS - 1))
                .extracting(Violation::guarantee)
                .doesNotContain("G4");
    }

    @Test
    void catchesAnEchoOfSomethingElse() throws SQLException {
        execute("update request_result set body = 'other' where id = '" + ids.getFirst() + "'");

        assertThat(violated()).contains("G2");
    }

    private List<String> violated() throws SQLException {
        return Checker.check(postgres, facts, REQUESTS).stream()
                .map(Violation::guarantee)
                .distinct()
                .toList();
    }

    private void store(UUID id, int number) throws SQLException {
        execute("""
                insert into request (id, client, kind, state, dispatched, dispatch, seq, attempt, max_attempts, cost,
                    timeout_ms, created_at, updated_at, expires_at, queued_at, dispatched_at, done_at)
                values ('%s', 'local', 'echo', 20, false, 1, 4, 1, 5, 1, 1000, now(), now(), now(), now(), now(),
                    now())""".formatted(id));
        execute("insert into request_payload values ('%s', 'application/json', '%s')".formatted(id, body(number)));
        execute("insert into request_result values ('%s', 'application/json', '%s')".formatted(id, body(number)));
        log(id, 3, "started", "{\"processor\":\"p\"}");
        log(id, 4, "succeeded", "{}");
    }

    private void log(UUID id, int seq, String type, String data) throws SQLException {
        log(id, seq, type, data, "2026-11-21T10:00:" + (seq == 3 ? "00" : "01") + "Z");
    }

    private void log(UUID id, int seq, String type, String data, String at) throws SQLException {
        String events = "[{\"seq\":%d,\"at\":\"%s\",\"type\":\"%s\",\"data\":%s}]".formatted(seq, at, type, data);
        try (PreparedStatement insert = postgres.prepareStatement(
                "insert into request_log (id, first_seq, last_seq, dispatch, delivery, ordinal, events)"
                        + " values (?, ?, ?, 1, 0, ?, ?)")) {
            insert.setObject(1, id);
            insert.setInt(2, seq);
            insert.setInt(3, seq);
            insert.setInt(4, seq);
            insert.setBytes(5, events.getBytes(StandardCharsets.UTF_8));
            insert.executeUpdate();
        }
    }

    private void execute(String sql) throws SQLException {
        try (PreparedStatement statement = postgres.prepareStatement(sql)) {
            statement.executeUpdate();
        }
    }

    private static String body(int number) {
        return "{\"number\":" + number + "}";
    }

    /** A UUIDv7 of now. */
    private static UUID id(int number) {
        long high = (System.currentTimeMillis() << 16) | 0x7000L;
        return new UUID(high, 0x8000_0000_0000_0000L | number);
    }
}
