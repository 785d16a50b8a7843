package dev.sluice.gateway.journal;

import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import io.r2dbc.spi.R2dbcException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Makes events of reports and writes them through {@link Transitions}. Thread-safe; the caller keeps the reports of a
 * request in order.
 */
final class Journal {

    private static final Logger log = LoggerFactory.getLogger(Journal.class);

    private static final String REPORT_REFUSED = "report-refused";

    private final Transitions transitions;
    private final Policies policies;
    private final JournalMetrics metrics;

    Journal(Transitions transitions, Policies policies, JournalMetrics metrics) {
        this.transitions = transitions;
        this.policies = policies;
        this.metrics = metrics;
    }

    /**
     * Writes the meaning of reports.
     *
     * @return empty after the commit; {@link StoreUnavailableException} if the outcome of the commit is unknown: write
     *     again
     */
    Mono<Void> write(List<ReportFrom> reports) {
        if (reports.isEmpty()) {
            return Mono.empty();
        }
        Map<RequestId, List<ReportFrom>> byId = new LinkedHashMap<>();
        reports.forEach(from ->
                byId.computeIfAbsent(from.report().id(), _ -> new ArrayList<>()).add(from));
        return transitions
                .changeByCopies(
                        byId.keySet(), snapshot -> events(snapshot, byId.getOrDefault(snapshot.id(), List.of())))
                .onErrorMap(Journal::isForNow, Journal::unavailable)
                .doOnNext(changes -> metrics.written(reports.size(), countEvents(changes)))
                .onErrorResume(error -> !(error instanceof StoreUnavailableException), error -> apart(byId, error))
                .then();
    }

    /**
     * Something in the batch cannot be written: each request is written alone, then each report, so only the bad one
     * suffers.
     */
    private Mono<List<RequestChange>> apart(Map<RequestId, List<ReportFrom>> byId, Throwable error) {
        if (byId.size() > 1) {
            return writeEach(byId.values());
        }
        List<ReportFrom> reports = byId.values().iterator().next();
        return reports.size() > 1
                ? writeEach(reports.stream().map(List::of).toList())
                : refused(reports.getFirst(), error);
    }

    private Mono<List<RequestChange>> writeEach(Collection<List<ReportFrom>> parts) {
        return Flux.fromIterable(parts).concatMap(reports -> write(reports), 1).then(Mono.just(List.of()));
    }

    /**
     * This report cannot be written. The other reports of its run are written without it, unless it is the final one.
     * Without its final report the request would run again for ever: so it ends with a failure that says so and holds
     * nothing of the report.
     */
    private Mono<List<RequestChange>> refused(ReportFrom from, Throwable error) {
        logRefused(from.report(), error);
        Mono<List<RequestChange>> ended = from.report().terminal() ? end(from, error) : Mono.just(List.of());
        return ended.doOnNext(_ -> metrics.refused(1));
    }

    private Mono<List<RequestChange>> end(ReportFrom from, Throwable error) {
        List<ReportFrom> instead = List.of(new ReportFrom(from.processor(), failureOf(from.report(), error)));
        return transitions
                .change(List.of(from.report().id()), snapshot -> events(snapshot, instead))
                .onErrorMap(Journal::isForNow, Journal::unavailable)
                .onErrorResume(again -> !(again instanceof StoreUnavailableException), again -> {
                    logRefused(from.report(), again);
                    return Mono.just(List.of());
                });
    }

    /**
     * Other transactions are in the way (classes 40 and 55), or schema and rights are wrong (42): no report is to
     * blame.
     */
    private static boolean isForNow(Throwable error) {
        String state = error instanceof R2dbcException sql ? sql.getSqlState() : null;
        return state != null && (state.startsWith("40") || state.startsWith("42") || state.startsWith("55"));
    }

    private static StoreUnavailableException unavailable(Throwable cause) {
        return new StoreUnavailableException("Postgres takes no reports now: " + cause, cause);
    }

    private static Report failureOf(Report refused, Throwable error) {
        String cause = error instanceof R2dbcException sql
                ? "SQL state " + sql.getSqlState()
                : error.getClass().getSimpleName();
        Failure failure = new Failure(REPORT_REFUSED, "Postgres refused the processor's report (" + cause + ")", "");
        return new Report.Failed(
                refused.id(), refused.fence(), refused.ordinal(), refused.at(), FailureClass.PERMANENT, failure, null);
    }

    private static void logRefused(Report report, Throwable error) {
        log.atError()
                .addKeyValue("id", report.id())
                .addKeyValue("terminal", report.terminal())
                .addKeyValue("reason", error.toString())
                .log("journal.report_refused");
    }

    private static int countEvents(List<RequestChange> changes) {
        return changes.stream().mapToInt(change -> change.events().size()).sum();
    }

    private List<RequestEvent> events(RequestSnapshot snapshot, List<ReportFrom> reports) {
        Policy policy = policies.of(snapshot.kind())
                .orElseThrow(() -> new StoreUnavailableException(
                        "kind " + snapshot.kind() + " is not known here yet", new IllegalStateException()));
        List<RequestEvent> events = new ArrayList<>(reports.size());
        RequestSnapshot current = snapshot;
        for (ReportFrom from : reports) {
            RequestEvent event = policy.decide(current, from.processor(), from.report());
            RequestSnapshot next = event == null ? current : current.after(event);
            if (event != null && next.seq() != current.seq()) {
                noteHole(current, from);
                events.add(event);
                current = next;
            }
        }
        return events;
    }

    /** Warns of missing reports: before a terminal report whose ordinal is not the next one, reports are lost. */
    private void noteHole(RequestSnapshot before, ReportFrom from) {
        boolean sameRun = from.report().fence().equals(before.fence());
        int expected = sameRun ? before.ordinal() + 1 : 1;
        if (from.report().terminal() && from.report().ordinal() > expected && before.seq() < Policy.MAX_PROGRESS_SEQ) {
            metrics.hole();
            log.atWarn()
                    .addKeyValue("id", before.id())
                    .addKeyValue("expected", expected)
                    .addKeyValue("ordinal", from.report().ordinal())
                    .log("consistency.hole_found");
        }
    }
}
