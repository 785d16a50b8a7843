package dev.sluice.gateway.store;

import dev.sluice.gateway.store.postgres.Columns;
import dev.sluice.gateway.store.postgres.Database;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/**
 * The sizes of all backlogs: each writer of a backlog leaves a count, and the sizes are the sums of these counts.
 * Thread-safe; holds nothing.
 */
public final class BacklogSizes {

    static final String SIZES_SQL = """
            select kind, sum(requests)::bigint, sum(bytes)::bigint, count(*) from backlog_count group by kind""";

    /** Rows that another gateway folds now are left to it. */
    static final String FOLD_SQL = """
            with parts as materialized (
                select id from backlog_count where kind = any($1) order by id for update skip locked
            ), folded as (
                delete from backlog_count c using parts p where c.id = p.id returning c.kind, c.requests, c.bytes
            )
            insert into backlog_count (kind, requests, bytes)
            select kind, sum(requests), sum(bytes) from folded group by kind
            having sum(requests) <> 0 or sum(bytes) <> 0""";

    private final Database database;

    public BacklogSizes(Database database) {
        this.database = database;
    }

    /**
     * The size of a kind's backlog, in order and apart.
     *
     * @param bytes of payloads
     * @param parts rows that this is the sum of; to be folded before they are many
     */
    public record Size(long requests, long bytes, long parts) {

        public static final Size EMPTY = new Size(0, 0, 0);
    }

    /**
     * The exact sizes of all backlogs, from the counts that their writers left. Kinds without places are left out.
     * Cheap at any size.
     */
    public Mono<Map<String, Size>> read() {
        return database.query(
                        SIZES_SQL,
                        _ -> {},
                        row -> Map.entry(
                                Columns.text(row, 0),
                                new Size(Columns.bigint(row, 1), Columns.bigint(row, 2), Columns.bigint(row, 3))))
                .map(rows -> rows.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    /** Makes one row of the many that {@link #read} adds up for these kinds; the sizes stay. */
    public Mono<Void> fold(Collection<String> kinds) {
        return database.update(FOLD_SQL, statement -> statement.bind("$1", kinds.toArray(String[]::new)))
                .then();
    }
}
