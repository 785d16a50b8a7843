package dev.sluice.gateway.journal;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.request.Poison;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Report;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides the meaning of a report: processors classify, the policy decides. Pure, apart from the jitter it is given.
 *
 * <pre>
 * stale fence, repeated ordinal, done       nothing
 * failed, transient, attempts left          RETRYING after back-off with full jitter, or when the handler asked
 * failed, transient, none left; permanent   FAILED
 * not yet                                   RETRYING after 1 s, later 5 min at least, no attempt counted;
 *                                           FAILED if that is after the request's retention
 * handed back                               back to the backlog, for the pause that the processor asks
 * too big for its processor                 the same; FAILED if it is too big for every processor
 * redelivered while it was QUEUED           back to the backlog: it never ran
 * redelivered while it was RUNNING          its processor may be gone: back to the backlog, and alone from now on
 * redelivered while it was RUNNING alone    nothing unless its processor is silent: then a crash; the third is poison
 * may run elsewhere                         nothing if another processor ran it last, for its heartbeats decide;
 *                                           else as redelivered
 * anything but success while CANCELING      CANCELED
 * </pre>
 *
 * @param kind the policy of the request's kind
 * @param now for due times
 * @param brokerWasLost whether the broker was away just now: then a redelivery says nothing about processors
 * @param largestTokens the most processing tokens that a living processor has for the kind; empty if none is known
 * @param isSilent whether a processor has been silent for so long that it counts as dead
 * @param jitter 0 to 1
 */
record Policy(
        KindPolicy kind,
        Instant now,
        boolean brokerWasLost,
        Supplier<OptionalInt> largestTokens,
        Predicate<UUID> isSilent,
        DoubleSupplier jitter) {

    /** Beyond these seqs the log takes no more progress or output; see the limits in the README. */
    static final int MAX_PROGRESS_SEQ = 500;

    static final int MAX_OUTPUT_SEQ = 1_000;

    private static final Duration MAX_RETRY_AFTER = Duration.ofHours(24);
    private static final Duration MIN_NOT_YET_PAUSE = Duration.ofSeconds(1);
    private static final Duration MIN_PAUSE_OF_LONG_LOG = Duration.ofMinutes(5);
    private static final Duration MAX_RELEASE_PAUSE = Duration.ofMinutes(10);

    /** The event that {@code report} of {@code processor} makes of {@code snapshot}; null if it changes nothing. */
    @Nullable
    RequestEvent decide(RequestSnapshot snapshot, UUID processor, Report report) {
        if (snapshot.state().isDone() || isStale(snapshot, report)) {
            return null;
        }
        return switch (report) {
            case Report.Started started ->
                new RequestEvent.Started(started.at(), started.fence(), started.ordinal(), processor, started.alone());
            case Report.Progress progress ->
                snapshot.seq() < MAX_PROGRESS_SEQ
                        ? new RequestEvent.Progress(
                                progress.at(), progress.fence(), progress.ordinal(), progress.json())
                        : null;
            case Report.Output output ->
                snapshot.seq() < MAX_OUTPUT_SEQ
                        ? new RequestEvent.Output(output.at(), output.fence(), output.ordinal(), output.chunk())
                        : null;
            case Report.Succeeded succeeded -> succeeded(snapshot, succeeded);
            case Report.Failed failed -> failed(snapshot, failed);
            case Report.Released released -> released(snapshot, processor, released);
            case Report.Canceled canceled ->
                isCanceling(snapshot) ? canceled(canceled) : returned(canceled, Reason.HANDED_BACK, Duration.ZERO);
        };
    }

    private static boolean isStale(RequestSnapshot snapshot, Report report) {
        int order = report.fence().compareTo(snapshot.fence());
        // A terminal report of the current run counts even if another report of its run overtook it.
        return order < 0 || (order == 0 && !report.terminal() && report.ordinal() <= snapshot.ordinal());
    }

    private RequestEvent succeeded(RequestSnapshot snapshot, Report.Succeeded report) {
        int size = report.result().size();
        if (size <= kind.maxResult()) {
            return new RequestEvent.Succeeded(report.at(), report.fence(), report.ordinal(), report.result());
        }
        Failure failure = new Failure(
                "result-too-large", "The result has " + size + " bytes, this kind allows " + kind.maxResult(), "");
        return isCanceling(snapshot) ? canceled(report) : ended(report, FailureClass.PERMANENT, failure);
    }

    private RequestEvent failed(RequestSnapshot snapshot, Report.Failed report) {
        if (isCanceling(snapshot)) {
            return canceled(report);
        }
        int attempt = snapshot.ordinal() == 0 ? snapshot.attempt() + 1 : snapshot.attempt();
        return switch (report.failureClass()) {
            case PERMANENT -> ended(report, FailureClass.PERMANENT, report.failure());
            case NOT_YET -> notYet(snapshot, report, notYetPause(snapshot, pause(report, attempt)));
            case TRANSIENT ->
                attempt < snapshot.maxAttempts()
                        ? retrying(report, true, pause(report, attempt))
                        : ended(report, FailureClass.TRANSIENT, report.failure());
        };
    }

    private @Nullable RequestEvent released(RequestSnapshot snapshot, UUID processor, Report.Released report) {
        if (report.cause() == Report.Released.Cause.MAY_RUN_ELSEWHERE && runsElsewhere(snapshot, processor)) {
            return null;
        }
        if (isCanceling(snapshot)) {
            return canceled(report);
        }
        return switch (report.cause()) {
            case HANDED_BACK -> handedBack(report, handedBackPause(snapshot, report.pause()));
            case COST_EXCEEDS_TOKENS -> isTooBigForAll(report) ? tooBig(report) : handedBack(report, report.pause());
            case REDELIVERED, MAY_RUN_ELSEWHERE -> redelivered(snapshot, processor, report);
        };
    }

    private RequestEvent handedBack(Report.Released report, Duration pause) {
        return returned(report, Reason.HANDED_BACK, bounded(pause, Duration.ZERO, MAX_RELEASE_PAUSE));
    }

    /**
     * Work that waits behind runs of hours is handed back each minute or so, with two events in the log each time. So
     * the pause gets longer once the log is long.
     */
    private static Duration handedBackPause(RequestSnapshot snapshot, Duration asked) {
        boolean longer = asked.isPositive() && snapshot.seq() > MAX_PROGRESS_SEQ;
        return longer ? bounded(asked, MIN_PAUSE_OF_LONG_LOG, MAX_RELEASE_PAUSE) : asked;
    }

    /** While no processor is known, one that is large enough may still come. */
    private boolean isTooBigForAll(Report.Released report) {
        OptionalInt largest = largestTokens.get();
        return largest.isPresent() && report.cost() > largest.getAsInt();
    }

    private static RequestEvent tooBig(Report.Released report) {
        String title = "The request costs " + report.cost()
                + " processing tokens, more than any living processor has for its kind";
        return ended(report, FailureClass.PERMANENT, new Failure("cost-exceeds-tokens", title, ""));
    }

    /**
     * Whether another processor than this one was the last to run it. Whether it still does is for its heartbeats to
     * say, and for the look at them: that one knows how far they were read.
     */
    private static boolean runsElsewhere(RequestSnapshot snapshot, UUID processor) {
        UUID runner = snapshot.processor();
        return runner != null && !processor.equals(runner);
    }

    /**
     * A connection that was cut and a processor that died look the same at first: {@code processor} receives the
     * message again. A crash counts against a request only if it ran alone, so the difference matters only then.
     */
    private @Nullable RequestEvent redelivered(RequestSnapshot snapshot, UUID processor, Report.Released report) {
        if (snapshot.state() != RequestState.RUNNING || brokerWasLost || processor.equals(snapshot.processor())) {
            return returned(report, Reason.LOST, Duration.ZERO);
        }
        UUID runner = snapshot.processor();
        if (snapshot.alone() && runner != null && !isSilent.test(runner)) {
            return null;
        }
        return Poison.isReachedBy(snapshot)
                ? ended(report, FailureClass.PERMANENT, Poison.failure())
                : returned(report, Reason.CRASHED, Duration.ZERO);
    }

    /** No attempt ends it, so the request's retention does: a day of requests must not be held for ever. */
    private RequestEvent notYet(RequestSnapshot snapshot, Report.Failed report, Duration pause) {
        if (now.plus(pause).isBefore(snapshot.expiresAt())) {
            return retrying(report, false, pause);
        }
        Failure failure = new Failure(
                "never-ready",
                "The work was not possible at any time until the request's retention ended",
                report.failure().title());
        return ended(report, FailureClass.PERMANENT, failure);
    }

    /**
     * Each "not yet" of a handler adds three events to the log, and no attempt ends that. So the handler is asked at
     * most once a second, and seldom once the log is long.
     */
    private static Duration notYetPause(RequestSnapshot snapshot, Duration asked) {
        boolean longLog = snapshot.seq() > MAX_PROGRESS_SEQ;
        return bounded(asked, longLog ? MIN_PAUSE_OF_LONG_LOG : MIN_NOT_YET_PAUSE, MAX_RETRY_AFTER);
    }

    private Duration pause(Report.Failed report, int attempt) {
        Duration asked = report.retryAfter();
        if (asked != null) {
            return asked.compareTo(MAX_RETRY_AFTER) < 0 ? asked : MAX_RETRY_AFTER;
        }
        // Exponential back-off with full jitter, as the AWS Architecture Blog measured it best (2015).
        int doublings = Math.min(30, Math.max(0, attempt - 1));
        double longest = Math.min(
                (double) kind.maxBackoff().toMillis(), (double) kind.backoff().toMillis() * (1L << doublings));
        return Duration.ofMillis((long) (longest * jitter.getAsDouble()));
    }

    private static Duration bounded(Duration asked, Duration least, Duration most) {
        Duration atLeast = asked.compareTo(least) < 0 ? least : asked;
        return atLeast.compareTo(most) < 0 ? atLeast : most;
    }

    private static boolean isCanceling(RequestSnapshot snapshot) {
        return snapshot.state() == RequestState.CANCELING;
    }

    private RequestEvent retrying(Report.Failed report, boolean counted, Duration pause) {
        return new RequestEvent.Retrying(
                report.at(), report.fence(), report.ordinal(), report.failure(), counted, now.plus(pause));
    }

    private RequestEvent returned(Report report, Reason reason, Duration pause) {
        return new RequestEvent.Returned(report.at(), report.fence(), report.ordinal(), reason, now.plus(pause));
    }

    private static RequestEvent canceled(Report report) {
        return new RequestEvent.Canceled(report.at(), report.fence(), report.ordinal());
    }

    private static RequestEvent ended(Report report, FailureClass failureClass, Failure failure) {
        return new RequestEvent.Failed(report.at(), report.fence(), report.ordinal(), failureClass, failure);
    }
}
