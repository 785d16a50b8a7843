package dev.sluice.gateway.store;

import dev.sluice.gateway.batch.BatchLimits;
import dev.sluice.gateway.batch.MicroBatcher;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.request.EventPage;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Payload;
import dev.sluice.message.RequestId;
import io.micrometer.core.instrument.MeterRegistry;
import io.r2dbc.spi.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Reads requests for their clients; single reads that come together share one query. Thread-safe. */
public final class RequestReader {

    // A result is told of and given until its request expires; when it is deleted makes no difference to its client.

    static final String FIND_SQL = """
            select r.id, r.client, r.kind, r.state, r.dispatch, r.delivery, r.ordinal, r.seq, r.attempt, r.max_attempts,
                r.crashes, r.alone, r.processor, r.expires_at, r.cost, r.created_at, r.updated_at, r.queued_at,
                r.done_at,
                r.failure_class, r.failure_code, r.failure_title, r.failure_detail,
                case when r.expires_at > now() then s.content_type end,
                coalesce(octet_length(s.body), 0), coalesce(r.failure_attempt, r.attempt)
            from request r left join request_result s
                on s.id = r.id and s.id = any($1::uuid[])
            where r.id = any($1::uuid[])""";

    static final String RESULT_SQL = """
            select s.content_type, s.body from request_result s join request r on r.id = s.id
            where s.id = $1::uuid and r.id = $1::uuid and r.client = $2 and r.expires_at > now()""";

    static final String STANDINGS_SQL = "select id, seq, state from request where id = any($1::uuid[])";

    private static final int READ_LANES = 2;
    private static final BatchLimits LIMITS = new BatchLimits(READ_LANES, 256, 1 << 20, 16_384, 64 << 20);
    private static final int READ_BYTES = 64;

    private final Database database;
    private final Days days;
    private final EventPages pages;
    private final MicroBatcher<Key, Optional<RequestView>> finds;

    /** A client and the id of its request. */
    private record Key(Client client, RequestId id) {}

    public RequestReader(Database database, Days days, MeterRegistry meters) {
        this.database = database;
        this.days = days;
        pages = new EventPages(database, meters);
        finds = new MicroBatcher<>("find", LIMITS, _ -> READ_BYTES, this::findAll, meters);
    }

    /** The request; empty if this client has none of that id. */
    public Mono<RequestView> find(Client client, RequestId id) {
        return finds.add(new Key(client, id)).flatMap(Mono::justOrEmpty);
    }

    /** Its result; empty if there is none yet, or not any more. */
    public Mono<Payload> result(Client client, RequestId id) {
        return database.query(
                        RESULT_SQL,
                        statement -> statement.bind("$1", id.value()).bind("$2", client.name()),
                        row -> new Payload(Columns.text(row, 0), Columns.bytes(row, 1)))
                .flatMap(rows -> Mono.justOrEmpty(rows.stream().findFirst()));
    }

    /**
     * The events after seq {@code after}, derived ones included, at most {@code limit}.
     *
     * @return the page; empty if this client has no such request
     */
    public Mono<EventPage> events(Client client, RequestId id, int after, int limit) {
        return pages.read(client, id, after, limit);
    }

    /** The state and seq of a request. Followers compare them with their own, in case an announcement was lost. */
    public record Standing(RequestId id, int seq, RequestState state) {}

    /**
     * The states of these requests now; unknown ids are left out. For this gateway's own followers, so without client.
     */
    public Mono<List<Standing>> standings(Collection<RequestId> ids) {
        if (ids.isEmpty()) {
            return Mono.just(List.of());
        }
        return database.query(
                STANDINGS_SQL,
                statement -> RequestUpdate.bindIds(statement, List.copyOf(ids)),
                row -> new Standing(Columns.id(row, 0), Columns.integer(row, 1), Columns.state(row, 2)));
    }

    /** Whether an id that is unknown was kept once (410) or never issued (404). */
    public boolean isGone(RequestId id) {
        return days.isGone(id);
    }

    private Mono<List<Optional<RequestView>>> findAll(List<Key> keys) {
        List<RequestId> ids = keys.stream().map(Key::id).toList();
        return database.query(FIND_SQL, statement -> RequestUpdate.bindIds(statement, ids), RequestReader::view)
                .map(views -> matched(keys, views));
    }

    private static List<Optional<RequestView>> matched(List<Key> keys, List<RequestView> views) {
        Map<UUID, RequestView> byId = HashMap.newHashMap(views.size());
        views.forEach(view -> byId.put(view.snapshot().id().value(), view));
        List<Optional<RequestView>> answers = new ArrayList<>(keys.size());
        for (Key key : keys) {
            answers.add(Optional.ofNullable(byId.get(key.id.value()))
                    .filter(view -> view.snapshot().client().equals(key.client)));
        }
        return answers;
    }

    private static RequestView view(Row row) {
        return new RequestView(
                RequestUpdate.snapshot(row),
                Columns.integer(row, 14),
                Columns.instant(row, 15),
                Columns.instant(row, 16),
                Columns.instantOrNull(row, 17),
                Columns.instantOrNull(row, 18),
                failureClass(row),
                failure(row),
                Columns.integer(row, 25),
                Columns.textOrNull(row, 23),
                Columns.integer(row, 24));
    }

    private static @Nullable FailureClass failureClass(Row row) {
        String name = Columns.textOrNull(row, 19);
        return name == null ? null : FailureClass.valueOf(name);
    }

    private static @Nullable Failure failure(Row row) {
        String code = Columns.textOrNull(row, 20);
        return code == null ? null : new Failure(code, Columns.text(row, 21), Columns.text(row, 22));
    }
}
