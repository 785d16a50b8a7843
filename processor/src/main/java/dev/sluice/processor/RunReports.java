package dev.sluice.processor;

import dev.sluice.message.Fence;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.processor.handler.Context;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Gives the reports of one run their fence and ordinals, in the order in which they go out; nothing follows the
 * terminal one. Thread-safe.
 *
 * <p>Progress goes out at most each {@link #PROGRESS_PAUSE_MS}: the newest then, and the last one before the end.
 */
final class RunReports {

    static final long PROGRESS_PAUSE_MS = 250;

    /** Makes a report when its fence and ordinal are known. */
    @FunctionalInterface
    interface Draft {
        Report at(RequestId id, Fence fence, int ordinal, Instant at);
    }

    private final RequestId id;
    private final RunContext context;
    private Fence fence;
    private Fence known;
    private int ordinal;
    private @Nullable Draft start;
    private Runnable startConfirmed = () -> {};
    private boolean closed;
    private boolean progressPaused;
    private @Nullable String newestProgress;
    private int unconfirmedBytes;

    RunReports(RequestId id, Fence fence, RunContext context) {
        this.id = id;
        this.fence = fence;
        this.known = fence;
        this.context = context;
    }

    /**
     * The fence under which the journal knows the run: that of the newest report, or of its receipt before there is
     * one.
     */
    synchronized Fence known() {
        return known;
    }

    /**
     * Adds the report that the run has started.
     *
     * @param confirmed called once the broker has it, and again for each newer delivery
     */
    synchronized void start(Draft draft, Runnable confirmed) {
        start = draft;
        startConfirmed = confirmed;
        add(draft, confirmed);
    }

    /**
     * All further reports belong to a newer delivery of the same message. A started run reports its start again, so
     * that the journal knows the new fence. If the last report is made already, it stands: no other processor had this
     * delivery, so the journal takes the end of the former one.
     */
    synchronized void adopt(Fence newer) {
        if (closed || newer.compareTo(fence) <= 0) {
            return;
        }
        fence = newer;
        ordinal = 0;
        if (start != null) {
            add(start, startConfirmed);
        }
    }

    /** Adds a report that is not the last one. */
    synchronized void add(Draft draft, Runnable confirmed) {
        if (!closed) {
            context.reporter().add(next(draft), confirmed);
        }
    }

    /** Adds the last report; {@code confirmed} gets it once the broker has it. */
    synchronized void end(Draft draft, Consumer<Report> confirmed) {
        if (closed) {
            return;
        }
        addNewestProgress();
        closed = true;
        Report last = next(draft);
        context.reporter().add(last, () -> confirmed.accept(last));
    }

    void progress(String json) {
        synchronized (this) {
            newestProgress = json;
            if (closed || progressPaused) {
                return;
            }
            progressPaused = true;
            addNewestProgress();
        }
        progressAgainLater();
    }

    /** See {@link Context#output}. */
    Mono<Void> output(byte[] bytes) {
        Sinks.Empty<Void> confirmed = Sinks.empty();
        synchronized (this) {
            if (closed || bytes.length == 0) {
                return Mono.empty();
            }
            if (unconfirmedBytes + bytes.length > Context.MAX_UNCONFIRMED) {
                return Mono.error(new IllegalStateException(
                        "more than " + Context.MAX_UNCONFIRMED + " bytes of output wait for their confirm"));
            }
            unconfirmedBytes += bytes.length;
            for (int from = 0; from < bytes.length; from += Report.Output.MAX_CHUNK) {
                addChunk(bytes, from, confirmed);
            }
        }
        context.reporter().flush();
        return confirmed.asMono();
    }

    private void addChunk(byte[] bytes, int from, Sinks.Empty<Void> allConfirmed) {
        int to = Math.min(bytes.length, from + Report.Output.MAX_CHUNK);
        byte[] chunk = to - from == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, to);
        add((id, fence, ordinal, at) -> new Report.Output(id, fence, ordinal, at, chunk), () -> {
            chunkConfirmed(chunk.length);
            if (to == bytes.length) {
                var _ = allConfirmed.tryEmitEmpty(); // emitted once: chunks are confirmed in order
            }
        });
    }

    private synchronized void chunkConfirmed(int length) {
        unconfirmedBytes -= length;
    }

    private void progressDue() {
        synchronized (this) {
            if (closed || newestProgress == null) {
                progressPaused = false;
                return;
            }
            addNewestProgress();
        }
        progressAgainLater();
    }

    private void progressAgainLater() {
        context.reporter().flush();
        var _ = context.scheduler().schedule(this::progressDue, PROGRESS_PAUSE_MS, TimeUnit.MILLISECONDS);
    }

    /** Call with the lock only. */
    private void addNewestProgress() {
        String json = newestProgress;
        if (json != null) {
            newestProgress = null;
            add((id, fence, ordinal, at) -> new Report.Progress(id, fence, ordinal, at, json), () -> {});
        }
    }

    private Report next(Draft draft) {
        known = fence;
        return draft.at(id, fence, ++ordinal, context.clock().instant());
    }
}
