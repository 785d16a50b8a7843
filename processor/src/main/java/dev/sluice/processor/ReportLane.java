package dev.sluice.processor;

import dev.sluice.message.Report;
import dev.sluice.message.StatusMessage;
import dev.sluice.message.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The reports of one status shard, in order: one message is on its way at a time, and the next one takes all reports
 * that wait by then.
 *
 * <p>Thread-safe. Its bound is the {@link Reporter}'s.
 */
final class ReportLane {

    private static final Logger log = LoggerFactory.getLogger(ReportLane.class);

    private final UUID processor;
    private final ReportLimits limits;
    private final Function<byte[], Mono<Void>> send;
    private final PendingReports pending;
    private final Queue<Entry> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean sending = new AtomicBoolean();

    /** @param send publishes a message and tries again until it is confirmed */
    ReportLane(UUID processor, ReportLimits limits, PendingReports pending, Function<byte[], Mono<Void>> send) {
        this.processor = processor;
        this.limits = limits;
        this.pending = pending;
        this.send = send;
    }

    /** Queues a report; {@link #flush} sends it. */
    void add(Report report, Runnable confirmed) {
        Entry.OfReport entry = new Entry.OfReport(report, ReportSize.of(report), confirmed);
        pending.added(entry.bytes());
        waiting.add(entry);
    }

    /** Queues a heartbeat behind all reports so far; it is composed when it leaves. {@link #flush} sends it. */
    void add(Supplier<StatusMessage.Heartbeat> heartbeat, Runnable confirmed) {
        waiting.add(new Entry.OfHeartbeat(heartbeat, confirmed));
    }

    /** Sends waiting reports; while a message is on its way, they leave with the next one. */
    void flush() {
        if (!waiting.isEmpty() && sending.compareAndSet(false, true)) {
            sendNext();
        }
    }

    /** Only for the thread that has {@link #sending}. */
    private void sendNext() {
        Entry first = waiting.poll();
        if (first == null) {
            sending.set(false);
            flush(); // an entry may have come between the two
            return;
        }
        switch (first) {
            case Entry.OfHeartbeat entry -> send(entry.heartbeat().get(), entry.confirmed());
            case Entry.OfReport entry -> sendBatch(entry);
        }
    }

    private void sendBatch(Entry.OfReport first) {
        List<Entry.OfReport> batch = new ArrayList<>();
        long bytes = 0;
        for (Entry.OfReport next = first; next != null; next = nextFitting(bytes, batch.size())) {
            batch.add(next);
            bytes += next.bytes();
        }
        List<Report> reports = new ArrayList<>(batch.size());
        batch.forEach(entry -> reports.add(entry.report()));
        send(new StatusMessage.ReportBatch(processor, reports), () -> confirmed(batch));
    }

    private Entry.@Nullable OfReport nextFitting(long bytes, int count) {
        boolean fits = waiting.peek() instanceof Entry.OfReport next
                && count < limits.maxBatch()
                && bytes + next.bytes() <= limits.maxBatchBytes().toBytes();
        return fits && waiting.poll() instanceof Entry.OfReport next ? next : null;
    }

    private void send(StatusMessage message, Runnable confirmed) {
        var _ = send.apply(Wire.encode(message)).subscribe(null, this::givenUp, () -> {
            confirmed.run();
            sendNext();
        });
    }

    /**
     * Called only after the reporter was closed: until then each message is tried again. Waiting reports are not sent
     * any more.
     */
    private void givenUp(Throwable failure) {
        log.atWarn()
                .addKeyValue("waiting", waiting.size() + 1)
                .addKeyValue("reason", failure.getMessage())
                .log("reports.given_up");
    }

    private void confirmed(List<Entry.OfReport> batch) {
        long bytes = 0;
        for (Entry.OfReport entry : batch) {
            bytes += entry.bytes();
            entry.confirmed().run();
        }
        pending.confirmed(batch.size(), bytes);
    }

    private sealed interface Entry {
        record OfReport(Report report, int bytes, Runnable confirmed) implements Entry {}

        record OfHeartbeat(Supplier<StatusMessage.Heartbeat> heartbeat, Runnable confirmed) implements Entry {}
    }
}
