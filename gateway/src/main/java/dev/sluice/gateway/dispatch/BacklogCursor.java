package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.store.Backlog;
import java.time.Duration;
import java.time.Instant;

/**
 * Where in the backlog of a kind the next batch begins. Before it lie the index entries of all that was taken since the
 * last vacuum: a minute of load leaves a quarter of a million, and each batch would pass them. What was written late (a
 * slow commit, another gateway's clock) or held by somebody may lie there too, so once a second, and before the backlog
 * is called empty, the look begins at the start.
 *
 * <p>Not thread-safe: for the one round of a {@link BacklogTaker} at a time.
 */
final class BacklogCursor {

    private static final Duration BETWEEN_STARTS = Duration.ofSeconds(1);

    private Backlog.Place next = Backlog.Place.START;
    private Instant startedAt = Instant.EPOCH;
    private boolean gave;

    /** Behind which place to look this time. */
    Backlog.Place after(Instant now) {
        if (Duration.between(startedAt, now).abs().compareTo(BETWEEN_STARTS) >= 0) {
            startedAt = now;
            returnToStart();
        }
        return next;
    }

    /** Also behind what gave nothing: rows that somebody holds must not keep all behind them waiting. */
    void moveBehind(Backlog.Batch batch) {
        next = batch.last();
        gave |= !batch.requests().isEmpty();
    }

    boolean isAtStart() {
        return next.equals(Backlog.Place.START);
    }

    /** Whether it is worth to look again at once: whether anything was taken since the last start. */
    boolean returnToStart() {
        boolean worth = gave;
        next = Backlog.Place.START;
        gave = false;
        return worth;
    }
}
