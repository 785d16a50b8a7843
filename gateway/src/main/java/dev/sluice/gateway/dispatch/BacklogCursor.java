package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.store.Backlog;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.function.LongSupplier;

/**
 * Where in the backlog of a kind the next look begins. Most looks begin where the last one ended: before that place lie
 * the index entries of all places taken since the last vacuum, and each look that begins there passes them.
 *
 * <p>Some places lie there all the same. A returned request keeps its rank, so it enters the order before the cursor. A
 * place that was written late, by a slow commit, lies a little before it. A place that was locked lies anywhere. So
 * once a second a look begins a minute back, at the places that entered, and now and then a look begins at the start. A
 * backlog is empty only if a look from the start says so.
 *
 * <p>While an old transaction is open, no entry can be removed, and these looks cost ever more. The pause after such a
 * look is {@value #COST_FACTOR} times as long as the look took beyond an ordinary one, so that these looks take a small
 * part of the time.
 *
 * <p>Not thread-safe: for the one round of a {@link BacklogTaker} at a time.
 */
final class BacklogCursor {

    private static final long BETWEEN_LOOKS_BACK = Duration.ofSeconds(1).toNanos();
    private static final long BETWEEN_STARTS = Duration.ofSeconds(10).toNanos();
    private static final long PAUSE_IF_HELD = Duration.ofMillis(5).toNanos();
    private static final int COST_FACTOR = 20;
    private static final Duration BACK = Duration.ofMinutes(1);

    private final LongSupplier nanoTime;
    private Backlog.Place next = Backlog.Place.START;
    private Look look = Look.FROM_START;
    private long begun;
    private long ordinaryCost;
    private long backAllowed;
    private long backDue;
    private long startAllowed;
    private long startDue;
    private boolean startWanted = true;

    /** Where a look begins. */
    enum Look {
        /** Where the last one ended. */
        ON,
        /** A minute before, or at the first of the places that entered the order. */
        BACK,
        /** At the first place. */
        FROM_START
    }

    BacklogCursor(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        startAllowed = startDue = backAllowed = backDue = nanoTime.getAsLong();
    }

    /** Chooses the next look. Before a look that is not {@link Look#ON}, the places that are due enter the order. */
    Look choose() {
        begun = nanoTime.getAsLong();
        if (isPast(startAllowed) && (startWanted || isPast(startDue))) {
            look = Look.FROM_START;
        } else if (isPast(backAllowed) && isPast(backDue)) {
            look = Look.BACK;
        } else {
            look = Look.ON;
        }
        return look;
    }

    /** The place behind which the chosen look begins, after these places entered the order. */
    Backlog.Place begin(Collection<Backlog.Place> entered) {
        Instant back = entered.stream()
                .map(Backlog.Place::rank)
                .min(Comparator.naturalOrder())
                .filter(rank -> rank.isBefore(minuteBack()))
                .orElseGet(this::minuteBack);
        return switch (look) {
            case ON -> next;
            case BACK -> Backlog.Place.before(back);
            case FROM_START -> Backlog.Place.START;
        };
    }

    /** The chosen look has ended with this batch. */
    void ended(Backlog.Batch batch) {
        if (!batch.isEnd() || batch.last().compareTo(next) > 0) {
            next = batch.last(); // an end that was found further back moves nothing
        }
        long now = nanoTime.getAsLong();
        long cost = now - begun;
        long pause = COST_FACTOR * Math.max(0, cost - ordinaryCost);
        if (look == Look.ON) {
            ordinaryCost = cost;
        } else {
            backAllowed = now + pause;
            backDue = now + BETWEEN_LOOKS_BACK;
        }
        if (look == Look.FROM_START) {
            startAllowed = now + Math.max(pause, batch.requests().isEmpty() ? PAUSE_IF_HELD : 0);
            startDue = now + BETWEEN_STARTS;
        }
        startWanted = batch.isEnd() && !isWholeBacklog(batch);
    }

    /** Whether this batch took every place of the order. */
    boolean isWholeBacklog(Backlog.Batch batch) {
        return look == Look.FROM_START && batch.isEnd() && batch.isWhole();
    }

    /** When the next look from the start may begin; zero if it may now. */
    Duration untilStart() {
        return Duration.ofNanos(Math.max(0, startAllowed - nanoTime.getAsLong()));
    }

    private Instant minuteBack() {
        return next.rank().isAfter(Instant.EPOCH.plus(BACK)) ? next.rank().minus(BACK) : Instant.EPOCH;
    }

    private boolean isPast(long moment) {
        return begun - moment >= 0;
    }
}
