package dev.sluice.oracle;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares a history with the rows in Postgres after the drain.
 *
 * <pre>
 * G1  every accepted request is there and done
 * G2  it has exactly one terminal event, the last one, and its state says the same; its events have no gap
 * G3  every stored request was submitted, at most once, and not refused
 * G4  the runs of a processor never took more than its tokens
 * G8  accepted = done + open, and nothing waits in the backlog
 * G11 never more attempts than allowed
 * </pre>
 */
final class Checker {

    private static final Pattern NUMBER = Pattern.compile("\"number\":(\\d+)");
    private static final int FIRST_DONE = 20;
    private static final int SUCCEEDED = 20;

    private final Connection postgres;
    private final List<Violation> violations = new ArrayList<>();
    private final Map<UUID, Stored> stored = new HashMap<>();

    /** One request as the tables have it. */
    private record Stored(
            int number,
            String kind,
            int state,
            boolean dispatched,
            int seq,
            int attempt,
            int maxAttempts,
            String queuedAt) {}

    private Checker(Connection postgres) {
        this.postgres = postgres;
    }

    /** All violations, none if every promise was kept; {@code tokens} holds the number for each processor. */
    static List<Violation> check(Connection postgres, History.Facts history, int tokens) throws SQLException {
        Checker checker = new Checker(postgres);
        checker.readRequests();
        checker.everyAcceptedRequestIsDone(history);
        checker.everyStoredRequestWasSubmittedOnce(history);
        checker.everyLogEndsOnce(tokens);
        checker.everyEchoReturnsItsInput();
        checker.nothingIsLeftOver();
        return checker.violations;
    }

    private void readRequests() throws SQLException {
        String sql = """
                select r.id, r.kind, r.state, r.dispatched, r.seq, r.attempt, r.max_attempts, r.queued_at, p.body
                from request r join request_payload p on p.id = r.id""";
        try (PreparedStatement statement = postgres.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                Matcher number = NUMBER.matcher(new String(rows.getBytes(9), StandardCharsets.UTF_8));
                stored.put(
                        rows.getObject(1, UUID.class),
                        new Stored(
                                number.find() ? Integer.parseInt(number.group(1)) : -1,
                                rows.getString(2),
                                rows.getInt(3),
                                rows.getBoolean(4),
                                rows.getInt(5),
                                rows.getInt(6),
                                rows.getInt(7),
                                rows.getString(8)));
            }
        }
    }

    private void everyAcceptedRequestIsDone(History.Facts history) {
        history.accepted().forEach((number, id) -> {
            Stored request = stored.get(id);
            if (request == null) {
                broken("G1", id + " (number " + number + ") was accepted and is not there");
            } else if (request.state < FIRST_DONE) {
                broken("G1", id + " (" + request.kind + ") was accepted and is still in state " + request.state);
            }
        });
    }

    private void everyStoredRequestWasSubmittedOnce(History.Facts history) {
        Map<Integer, UUID> seen = new HashMap<>();
        stored.forEach((id, request) -> {
            if (!history.kinds().containsKey(request.number)) {
                broken("G3", id + " was never submitted");
            } else if (history.refused().contains(request.number)) {
                broken("G3", id + " (number " + request.number + ") was refused and is stored");
            }
            UUID other = seen.put(request.number, id);
            if (other != null) {
                broken("G3", "number " + request.number + " is stored twice: " + id + " and " + other);
            }
            if (request.attempt > request.maxAttempts) {
                broken("G11", id + " had " + request.attempt + " attempts of " + request.maxAttempts);
            }
        });
    }

    private void everyLogEndsOnce(int tokens) throws SQLException {
        Map<UUID, List<LogEvents.Event>> logs = LogEvents.read(postgres);
        stored.forEach((id, request) -> {
            List<LogEvents.Event> events = logs.getOrDefault(id, List.of());
            long ends = events.stream().filter(LogEvents.Event::terminal).count();
            if (request.state >= FIRST_DONE && ends != 1) {
                broken("G2", id + " is done and has " + ends + " terminal events");
            }
            if (!events.isEmpty() && ends == 1 && !events.getLast().endsIn(request.state)) {
                broken(
                        "G2",
                        id + " is in state " + request.state + " but its log ends "
                                + events.getLast().type());
            }
            int derived = request.queuedAt == null ? 1 : 2;
            int expected = derived + events.size();
            if (request.seq != expected || !LogEvents.gapFree(events, derived + 1)) {
                broken("G6", id + " has seq " + request.seq + " and " + events.size() + " logged events: a gap");
            }
        });
        LogEvents.maxTokensInUse(logs).forEach((processor, used) -> {
            if (used > tokens) {
                broken("G4", "processor " + processor + " used " + used + " of " + tokens + " tokens");
            }
        });
    }

    private void everyEchoReturnsItsInput() throws SQLException {
        String sql = """
                select r.id, p.body, s.body from request r
                join request_payload p on p.id = r.id left join request_result s on s.id = r.id
                where r.kind = 'echo' and r.state = ?""";
        try (PreparedStatement statement = postgres.prepareStatement(sql)) {
            statement.setInt(1, SUCCEEDED);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    if (!Arrays.equals(rows.getBytes(2), rows.getBytes(3))) {
                        broken("G2", rows.getString(1) + " echoes something else");
                    }
                }
            }
        }
    }

    private void nothingIsLeftOver() throws SQLException {
        long open = stored.values().stream().filter(r -> r.state < FIRST_DONE).count();
        long out = stored.values().stream().filter(r -> r.dispatched).count();
        if (open != 0 || out != 0) {
            broken("G8", open + " requests are open and " + out + " out after the drain");
        }
        try (PreparedStatement statement = postgres.prepareStatement("select count(*) from backlog");
                ResultSet rows = statement.executeQuery()) {
            rows.next();
            if (rows.getLong(1) != 0) {
                broken("G8", rows.getLong(1) + " rows are left in the backlog");
            }
        }
    }

    private void broken(String guarantee, String what) {
        violations.add(new Violation(guarantee, what));
    }
}
