package dev.sluice.gateway.store;

import dev.sluice.gateway.batch.BatchLimits;
import dev.sluice.gateway.batch.MicroBatcher;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.request.EventJson;
import dev.sluice.gateway.request.EventPage;
import dev.sluice.gateway.request.LoggedEvent;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.message.RequestId;
import io.micrometer.core.instrument.MeterRegistry;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Reads stretches of logs, many in one query, and puts in the events that are derived from the row: accepted and the
 * first queued.
 */
final class EventPages {

    /** Some rows of the log of each request; one row without log where there is none. */
    static final String SQL = """
            select w.at, r.client, r.state, r.seq, r.created_at, r.queued_at, l.events
            from unnest($1::int[], $2::uuid[], $3::int[], $4::int[]) as w(at, id, after_seq, max_rows)
            join request r on r.id = w.id and r.id = any($2::uuid[])
            left join lateral (
                select events, first_seq from request_log
                where id = w.id and id = any($2::uuid[]) and last_seq > w.after_seq
                order by first_seq limit w.max_rows
            ) l on true
            order by w.at, l.first_seq""";

    private static final int READ_LANES = 2;

    /** The rough size of an event, so that a batch of long pages has fewer of them. */
    private static final int EVENT_BYTES = 256;

    private static final BatchLimits LIMITS = new BatchLimits(READ_LANES, 256, 4L << 20, 65_536, 1L << 30);

    private final Database database;
    private final MicroBatcher<Wanted, Optional<EventPage>> batcher;

    /** A stretch of a request's log. */
    record Wanted(Client client, RequestId id, int after, int limit) {}

    /** One row: which wanted page it belongs to, the request's own columns, and a piece of log. */
    private record Piece(
            int at,
            Client client,
            RequestState state,
            int seq,
            Instant createdAt,
            @Nullable Instant queuedAt,
            byte @Nullable [] events) {}

    EventPages(Database database, MeterRegistry meters) {
        this.database = database;
        batcher = new MicroBatcher<>("events", LIMITS, EventPages::sizeOf, this::readAll, meters);
    }

    Mono<EventPage> read(Client client, RequestId id, int after, int limit) {
        return batcher.add(new Wanted(client, id, after, limit)).flatMap(Mono::justOrEmpty);
    }

    private static long sizeOf(Wanted wanted) {
        return (long) EVENT_BYTES * (wanted.limit + 1);
    }

    private Mono<List<Optional<EventPage>>> readAll(List<Wanted> wanted) {
        return database.query(SQL, statement -> bind(statement, wanted), EventPages::piece)
                .map(pieces -> pages(wanted, pieces));
    }

    static void bind(Statement statement, List<Wanted> wanted) {
        int size = wanted.size();
        int[] at = new int[size];
        UUID[] ids = new UUID[size];
        int[] afters = new int[size];
        int[] limits = new int[size];
        for (int i = 0; i < size; i++) {
            at[i] = i;
            ids[i] = wanted.get(i).id.value();
            afters[i] = wanted.get(i).after;
            limits[i] = wanted.get(i).limit;
        }
        statement.bind("$1", at).bind("$2", ids).bind("$3", afters).bind("$4", limits);
    }

    private static Piece piece(Row row) {
        return new Piece(
                Columns.integer(row, 0),
                Columns.client(row, 1),
                Columns.state(row, 2),
                Columns.integer(row, 3),
                Columns.instant(row, 4),
                Columns.instantOrNull(row, 5),
                row.get(6, byte[].class));
    }

    private static List<Optional<EventPage>> pages(List<Wanted> wanted, List<Piece> pieces) {
        Map<Integer, List<Piece>> byPage = new HashMap<>();
        pieces.forEach(piece ->
                byPage.computeIfAbsent(piece.at, _ -> new ArrayList<>()).add(piece));
        List<Optional<EventPage>> pages = new ArrayList<>(wanted.size());
        for (int i = 0; i < wanted.size(); i++) {
            List<Piece> own = byPage.getOrDefault(i, List.of());
            boolean theirs = !own.isEmpty() && own.getFirst().client.equals(wanted.get(i).client);
            pages.add(theirs ? Optional.of(page(wanted.get(i), own)) : Optional.empty());
        }
        return pages;
    }

    private static EventPage page(Wanted wanted, List<Piece> pieces) {
        Piece row = pieces.getFirst();
        List<LoggedEvent> events = new ArrayList<>();
        if (wanted.after < 1) {
            events.add(new LoggedEvent(wanted.id, 1, row.createdAt, "accepted", "{}"));
        }
        if (wanted.after < 2 && row.queuedAt != null) {
            events.add(new LoggedEvent(wanted.id, 2, row.queuedAt, "queued", "{\"dispatch\":1}"));
        }
        for (Piece piece : pieces) {
            if (piece.events != null) {
                EventJson.decode(wanted.id, piece.events).stream()
                        .filter(event -> event.seq() > wanted.after)
                        .forEach(events::add);
            }
        }
        boolean more = events.size() > wanted.limit;
        List<LoggedEvent> shown = more ? events.subList(0, wanted.limit) : events;
        boolean complete = shown.isEmpty() || shown.getFirst().seq() == wanted.after + 1;
        boolean cut = more || (!shown.isEmpty() && shown.getLast().seq() < row.seq);
        return new EventPage(wanted.id, row.state, row.seq, shown, complete, cut);
    }
}
