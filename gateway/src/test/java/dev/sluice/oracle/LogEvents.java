package dev.sluice.oracle;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The logs of all requests, read with SQL alone. */
final class LogEvents {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Map<Integer, String> ENDS = Map.of(20, "succeeded", 21, "failed", 22, "canceled");
    private static final Set<String> RUN_ENDS =
            Set.of("succeeded", "failed", "canceled", "retrying", "accepted", "queued");

    private static final Set<String> EVIDENCE = Set.of("lost", "crashed");

    record Event(int seq, Instant at, String type, JsonNode data) {

        boolean terminal() {
            return ENDS.containsValue(type);
        }

        /** Whether a gateway concluded it, later, from missing reports. */
        boolean byEvidence() {
            return EVIDENCE.contains(data.path("reason").asString(""));
        }

        boolean endsIn(int state) {
            return type.equals(ENDS.get(state));
        }
    }

    static Map<UUID, List<Event>> read(Connection postgres) throws SQLException {
        Map<UUID, List<Event>> logs = new HashMap<>();
        String sql = "select id, convert_from(events, 'UTF8') from request_log order by id, first_seq";
        try (PreparedStatement statement = postgres.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                List<Event> log = logs.computeIfAbsent(rows.getObject(1, UUID.class), _ -> new ArrayList<>());
                for (JsonNode event : JSON.readTree(rows.getString(2))) {
                    log.add(new Event(
                            event.get("seq").asInt(),
                            Instant.parse(event.get("at").asString()),
                            event.get("type").asString(),
                            event.path("data")));
                }
            }
        }
        return logs;
    }

    static boolean gapFree(List<Event> events, int first) {
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).seq != first + i) {
                return false;
            }
        }
        return true;
    }

    /**
     * The most runs that overlapped at each processor, by the times that the processors themselves reported; every cost
     * here is 1. A run that a gateway gave up by evidence counts for its first moment only: it may have ended long
     * before, and its outcome died with its processor.
     */
    static Map<String, Integer> maxTokensInUse(Map<UUID, List<Event>> logs) {
        Map<String, List<Edge>> edges = new HashMap<>();
        logs.values().forEach(log -> addRuns(log, edges));
        Map<String, Integer> most = new HashMap<>();
        edges.forEach((processor, ofProcessor) -> most.put(processor, mostAtOnce(ofProcessor)));
        return most;
    }

    /** A run begins (+1) or ends (-1). */
    private record Edge(Instant at, int step) {}

    private static void addRuns(List<Event> log, Map<String, List<Edge>> edges) {
        for (int i = 0; i < log.size(); i++) {
            Event started = log.get(i);
            if (!started.type.equals("started")) {
                continue;
            }
            List<Edge> ofProcessor =
                    edges.computeIfAbsent(started.data.path("processor").asString(), _ -> new ArrayList<>());
            log.subList(i + 1, log.size()).stream()
                    .filter(event -> RUN_ENDS.contains(event.type))
                    .findFirst()
                    .filter(end -> !end.at.isBefore(started.at))
                    .ifPresent(end -> {
                        ofProcessor.add(new Edge(started.at, 1));
                        ofProcessor.add(new Edge(end.byEvidence() ? started.at.plusNanos(1) : end.at, -1));
                    });
        }
    }

    private static int mostAtOnce(Collection<Edge> edges) {
        int now = 0;
        int most = 0;
        // At the same instant an end comes before a beginning: its token is free again.
        for (Edge edge : edges.stream()
                .sorted(Comparator.comparing(Edge::at).thenComparing(Edge::step))
                .toList()) {
            now += edge.step;
            most = Math.max(most, now);
        }
        return most;
    }

    private LogEvents() {}
}
