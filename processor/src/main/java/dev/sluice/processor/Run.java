package dev.sluice.processor;

import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.message.WorkItem;
import dev.sluice.processor.handler.Context;
import dev.sluice.processor.handler.Work;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One run of one request in this processor, from its receipt to its last report.
 *
 * <pre>
 * WAITING --granted--> RUNNING --result, failure, or told to end--> ENDED --last report confirmed--> forgotten
 *    \---refused, released, told to end---------------------------->/
 * </pre>
 *
 * <p>If the connection is lost and its message delivered again, the run goes on in the same phase, as the newer
 * delivery. A long run lets go of its message once its start is confirmed, because the broker would not wait for its
 * end. From then on heartbeats show that it lives.
 *
 * <p>Thread-safe: the first call that moves it to ENDED decides its outcome.
 */
final class Run implements ProcessingTokens.Claim, Context {

    private enum Phase {
        WAITING,
        RUNNING,
        ENDED
    }

    private final WorkItem item;
    private final Kind kind;
    private final AtomicReference<@Nullable ReceivedEnvelope> envelope;
    private final RunContext context;
    private final RunReports reports;
    private final RunPatience patience;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);
    private final AtomicBoolean handled = new AtomicBoolean();
    private final AtomicReference<@Nullable EndReason> told = new AtomicReference<>();
    private final Sinks.Empty<Void> canceled = Sinks.empty();
    private final Disposable.Swap handling = Disposables.swap();
    private final Disposable.Swap timer = Disposables.swap();
    private volatile boolean listens;

    Run(WorkItem item, Kind kind, ReceivedEnvelope envelope, RunContext context) {
        this.item = item;
        this.kind = kind;
        this.envelope = new AtomicReference<>(envelope);
        this.context = context;
        reports = new RunReports(item.id(), fenceOf(envelope), context);
        patience = new RunPatience(item, kind);
    }

    /**
     * Goes on as a newer delivery of its message: the connection of the former delivery was lost, but not the run.
     *
     * @return false if its last report is confirmed already; then the newer delivery does not belong to it
     */
    boolean adopt(ReceivedEnvelope newer) {
        ReceivedEnvelope former = envelope.getAndUpdate(now -> now == null ? null : newer);
        if (former == null) {
            return false;
        }
        reports.adopt(fenceOf(newer));
        former.letGo(id()); // acks nothing: its channel is gone
        return true;
    }

    int dispatch() {
        return item.dispatch();
    }

    RequestId id() {
        return item.id();
    }

    Held held() {
        return new Held(item.id(), reports.known(), phase.get() == Phase.RUNNING);
    }

    @Override
    public String kind() {
        return kind.name();
    }

    @Override
    public int tokens() {
        return item.alone() ? context.tokens().total() : item.cost();
    }

    @Override
    public boolean alone() {
        return item.alone();
    }

    @Override
    public boolean waiting() {
        return phase.get() == Phase.WAITING;
    }

    /** Whether its cost is above the most tokens that it can ever get here. */
    boolean tooBig() {
        return item.cost() > (item.alone() ? context.tokens().total() : kind.tokens());
    }

    @Override
    public void granted() {
        if (!phase.compareAndSet(Phase.WAITING, Phase.RUNNING)) {
            context.tokens().release(this);
            return;
        }
        boolean nothingElse = tokens() == context.tokens().total();
        reports.start(
                (id, fence, ordinal, at) -> new Report.Started(id, fence, ordinal, at, nothingElse), this::started);
        if (!waitsForConfirm()) {
            handle();
        }
    }

    /**
     * Whether it is handled only once its start is confirmed. An earlier run of a request that runs alone did not
     * survive, so the journal must know of this one before it can do harm. A long run would be repeated for hours,
     * if another processor got its message because the broker was lost before the confirm.
     */
    private boolean waitsForConfirm() {
        return item.alone() || kind.isLong(item.timeout());
    }

    /** Hands back a run whose cost is above the most tokens that it can ever get here. */
    void releaseTooBig() {
        end(Verdict.costExceedsTokens(item.cost()));
    }

    /** Hands a redelivered run back. */
    void release() {
        end(Verdict.redelivered(kind.isLong(item.timeout()), item.cost()));
    }

    /** Why it is to end now that time has passed; null if it may go on. To be asked once a tick. */
    @Nullable
    EndReason overdue(Tick tick) {
        ReceivedEnvelope received = envelope.get();
        if (received == null || phase.get() == Phase.ENDED) {
            return null;
        }
        if (waiting()) {
            return patience.whileItWaits(received, tick);
        }
        return isLongAndRuns() && context.held().isOutrun(this) ? EndReason.FORSAKEN : patience.whileItRuns(received);
    }

    /** Whether it runs and may go on for so long that it holds no message. */
    boolean isLongAndRuns() {
        return phase.get() == Phase.RUNNING && kind.isLong(item.timeout());
    }

    /**
     * Tells it to end. A waiting run ends at once; a started one is cancelled, after a grace if its handler listens. If
     * the result comes first, it wins. Of several reasons the first counts.
     */
    void tell(EndReason reason) {
        if (!told.compareAndSet(null, reason)) {
            return;
        }
        if (waiting()) {
            end(afterTold(reason));
        }
        var _ = canceled.tryEmitEmpty(); // said once, see told
        if (listens) {
            timer.update(context.scheduler().schedule(this::endByForce, GRACE_MS, TimeUnit.MILLISECONDS));
        } else {
            endByForce();
        }
        context.grantAndReport();
    }

    @Override
    public void progress(String json) {
        reports.progress(ProgressJson.checked(json));
    }

    @Override
    public void progress(int percent, String message) {
        reports.progress(ProgressJson.of(percent, message));
    }

    @Override
    public Mono<Void> output(byte[] chunk) {
        return reports.output(chunk);
    }

    @Override
    public Mono<Void> canceled() {
        return canceled.asMono().doOnSubscribe(_ -> listens = true);
    }

    @Override
    public boolean isCanceled() {
        return told.get() != null;
    }

    /** The broker has the report of its start. */
    private void started() {
        ReceivedEnvelope received = envelope.get();
        if (received == null) {
            return;
        }
        if (kind.isLong(item.timeout())) {
            received.letGo(id());
            if (received.wentBack()) {
                return; // it may come again, and its start is confirmed again then; else the run ends: RunPatience
            }
        }
        if (waitsForConfirm() && handled.compareAndSet(false, true)) {
            handle();
            context.grantAndReport();
        }
    }

    private void handle() {
        if (phase.get() != Phase.RUNNING) {
            return;
        }
        Duration timeout = kind.timeoutOf(item.timeout());
        try {
            Work work = new Work(
                    item.id(),
                    kind.name(),
                    item.attempt(),
                    item.maxAttempts(),
                    item.acceptedAt(),
                    timeout,
                    item.traceparent(),
                    item.payload());
            handling.update(
                    kind.handler().handle(work, this).subscribe(this::succeeded, this::failed, this::completed));
        } catch (Throwable failure) { // the author's code, called directly
            failed(failure);
        }
        // After the call: a handler that ends within the call needs no timer.
        if (phase.get() == Phase.RUNNING && told.get() == null) {
            timer.update(context.scheduler()
                    .schedule(() -> tell(EndReason.TIMED_OUT), timeout.toMillis(), TimeUnit.MILLISECONDS));
        }
    }

    private void succeeded(Payload result) {
        end(Verdict.ofResult(result));
        context.grantAndReport();
    }

    private void completed() {
        EndReason reason = told.get();
        end(reason == null ? Verdict.ofResult(Payload.EMPTY) : afterTold(reason));
        context.grantAndReport();
    }

    private void failed(Throwable failure) {
        EndReason reason = told.get();
        end(reason == null ? Verdict.ofFailure(failure) : afterTold(reason));
        context.grantAndReport();
    }

    private void endByForce() {
        EndReason reason = told.get();
        handling.dispose();
        if (reason != null) {
            end(afterTold(reason));
        }
        context.grantAndReport();
    }

    private RunReports.Draft afterTold(EndReason reason) {
        return Verdict.afterTold(reason, kind.timeoutOf(item.timeout()), item.cost());
    }

    private void end(RunReports.Draft last) {
        Phase before = phase.getAndSet(Phase.ENDED);
        if (before == Phase.ENDED) {
            return;
        }
        timer.dispose();
        reports.end(last, this::confirmed);
        if (before == Phase.RUNNING) {
            context.tokens().release(this);
        }
    }

    private void confirmed(Report last) {
        ReceivedEnvelope received = envelope.getAndSet(null); // it adopts no more
        context.held().remove(this, last);
        if (received != null) {
            received.letGo(id());
        }
    }

    private Fence fenceOf(ReceivedEnvelope received) {
        return new Fence(item.dispatch(), received.redeliveries());
    }
}
