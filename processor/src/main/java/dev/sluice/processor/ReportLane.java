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
 * The reports of one status shard, in order: one message is on its way at a time, and the next one takes all that waits
 * by then.
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
        Entry.One one = new Entry.One(report, ReportSize.of(report), confirmed);
        pending.added(one.bytes());
        waiting.add(one);
    }

    /** Queues a heartbeat behind all reports so far; it is composed when it leaves. {@link #flush} sends it. */
    void add(Supplier<StatusMessage.Heartbeat> heartbeat, Runnable confirmed) {
        waiting.add(new Entry.Beat(heartbeat, confirmed));
    }

    /** Sends what waits, unless a message is on its way: then it leaves with the next one. */
    void flush() {
        if (!waiting.isEmpty() && sending.compareAndSet(false, true)) {
            sendNext();
        }
    }

    /** Only by who has {@link #sending}. */
    private void sendNext() {
        Entry first = waiting.poll();
        if (first == null) {
            sending.set(false);
            flush(); // an entry may have come between the two
            return;
        }
        switch (first) {
            case Entry.Beat beat -> send(beat.heartbeat().get(), beat.confirmed());
            case Entry.One one -> sendBatch(one);
        }
    }

    private void sendBatch(Entry.One first) {
        List<Entry.One> batch = new ArrayList<>();
        long bytes = 0;
        for (Entry.One next = first; next != null; next = nextFitting(bytes, batch.size())) {
            batch.add(next);
            bytes += next.bytes();
        }
        List<Report> reports = new ArrayList<>(batch.size());
        batch.forEach(one -> reports.add(one.report()));
        send(new StatusMessage.ReportBatch(processor, reports), () -> settle(batch));
    }

    private Entry.@Nullable One nextFitting(long bytes, int count) {
        boolean fits = waiting.peek() instanceof Entry.One next
                && count < limits.maxBatch()
                && bytes + next.bytes() <= limits.maxBatchBytes().toBytes();
        return fits && waiting.poll() instanceof Entry.One next ? next : null;
    }

    private void send(StatusMessage message, Runnable confirmed) {
        var _ = send.apply(Wire.encode(message)).subscribe(null, this::givenUp, () -> {
            confirmed.run();
            sendNext();
        });
    }

    /** Only after the reporter was closed: until then each message is tried again. What waits is not sent any more. */
    private void givenUp(Throwable failure) {
        log.atWarn()
                .addKeyValue("waiting", waiting.size() + 1)
                .addKeyValue("reason", failure.getMessage())
                .log("reports.given_up");
    }

    private void settle(List<Entry.One> batch) {
        long bytes = 0;
        for (Entry.One one : batch) {
            bytes += one.bytes();
            one.confirmed().run();
        }
        pending.confirmed(batch.size(), bytes);
    }

    private sealed interface Entry {
        record One(Report report, int bytes, Runnable confirmed) implements Entry {}

        record Beat(Supplier<StatusMessage.Heartbeat> heartbeat, Runnable confirmed) implements Entry {}
    }
}
