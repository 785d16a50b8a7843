package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.request.Backlog;
import java.time.Duration;
import java.time.Instant;

/**
 * Where in the backlog of a kind the next batch begins. Before it lie the index entries of all that was taken since the last vacuum: a
 * minute of load leaves a quarter of a million, and each batch would pass them. What was written late (a slow commit, another gateway's
 * clock) may lie there too, so once a second, and before the backlog is called empty, the look begins at the start.
 *
 * <p>Not thread-safe: for the one round of a {@link KindDrain} at a time.
 */
final class BacklogCursor {

    private static final Duration BETWEEN_STARTS = Duration.ofSeconds(1);

    private Instant next = Instant.EPOCH;
    private Instant startedAt = Instant.EPOCH;

    /** What is due earlier is left out this time. */
    Instant from(Instant now) {
        if (Duration.between(startedAt, now).abs().compareTo(BETWEEN_STARTS) >= 0) {
            next = Instant.EPOCH;
            startedAt = now;
        }
        return next;
    }

    /** A batch that gave nothing moves nothing: somebody holds its rows, or nobody wanted them. */
    void moveBehind(Backlog.Batch batch) {
        if (!batch.requests().isEmpty()) {
            next = batch.upTo();
        }
    }

    /** Whether that made a difference: whether the last look left something out. */
    boolean returnToStart() {
        boolean away = next.isAfter(Instant.EPOCH);
        next = Instant.EPOCH;
        return away;
    }
}
