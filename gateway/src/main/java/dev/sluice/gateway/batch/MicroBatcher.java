package dev.sluice.gateway.batch;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Gathers items into batches, naturally. A batch leaves as soon as a lane is free, with all items that wait, up to its
 * bounds. One item alone pays no delay; a thousand at once share one write.
 *
 * <p>With a pause, a batch leaves that long after the one before it, so that items which come often, but one by one,
 * share a write. It leaves at once after a longer silence, and as soon as {@value #ENOUGH} items are pending.
 *
 * <p>Thread-safe and lock-free. Items go into a queue. The thread that raises {@code rounds} from 0 composes the
 * batches of all threads, so that only one thread composes at a time. The same thread subscribes to {@code write}. Law:
 * taken = answered + pending, at any quiet moment. Alert when {@code sluice.batch.pending} stays near its bound.
 *
 * @param <T> an item
 * @param <R> its result
 */
public final class MicroBatcher<T, R> {

    private static final Logger log = LoggerFactory.getLogger(MicroBatcher.class);

    /** So many pending items make a batch that is worth a write; to wait for more would only take time. */
    static final int ENOUGH = 16;

    private final String name;
    private final BatchLimits limits;
    private final ToLongFunction<T> sizeOf;
    private final Function<List<T>, Mono<List<R>>> write;
    private final DistributionSummary sizes;

    private final Queue<Entry<T, R>> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger rounds = new AtomicInteger();
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicLong pendingBytes = new AtomicLong();
    private final AtomicInteger busyLanes = new AtomicInteger();
    private final BatchPause pause;
    private final Sinks.Empty<Void> emptied = Sinks.empty();
    private volatile boolean closed;

    /** An item and the answer that its caller waits for. */
    private record Entry<T, R>(T item, long bytes, Sinks.One<R> answer) {}

    /** Items that are written together. {@code over} keeps a second end of the same write from counting. */
    private record Batch<T, R>(List<Entry<T, R>> entries, AtomicBoolean over) {

        boolean end() {
            return !over.getAndSet(true);
        }
    }

    /**
     * @param name for metrics and messages
     * @param sizeOf bytes of an item
     * @param write writes a batch and gives one result per item, in order. An error, thrown or given, becomes the
     *     answer to each item of the batch; later batches are written all the same. An {@link Error} becomes the cause
     *     of an exception
     */
    public MicroBatcher(
            String name,
            BatchLimits limits,
            ToLongFunction<T> sizeOf,
            Function<List<T>, Mono<List<R>>> write,
            MeterRegistry meters) {
        this.name = name;
        this.limits = limits;
        this.sizeOf = sizeOf;
        this.write = write;
        pause = new BatchPause(limits.pause(), this::writeWaiting);
        sizes = DistributionSummary.builder("sluice.batch.size")
                .tag("batcher", name)
                .register(meters);
        Gauge.builder("sluice.batch.pending", pending, AtomicInteger::get)
                .tag("batcher", name)
                .register(meters);
        Gauge.builder("sluice.batch.pending.bytes", pendingBytes, AtomicLong::get)
                .tag("batcher", name)
                .register(meters);
        Gauge.builder("sluice.batch.busy.lanes", busyLanes, AtomicInteger::get)
                .tag("batcher", name)
                .register(meters);
    }

    /**
     * Adds an item.
     *
     * <p>Cold: each subscription adds it once. Cancelling gives up the wait; the item is written all the same.
     *
     * @return its result once its batch is written; {@link BatchOverflowException} if it was not taken; the error of
     *     {@code write} if that failed
     */
    public Mono<R> add(T item) {
        return Mono.defer(() -> take(item));
    }

    /**
     * Takes no more items and writes those that wait.
     *
     * @return empty once the last batch is answered
     */
    public Mono<Void> close() {
        return Mono.defer(() -> {
            closed = true;
            writeWaiting();
            return emptied.asMono();
        });
    }

    private Mono<R> take(T item) {
        long bytes;
        try {
            bytes = sizeOf.applyAsLong(item);
        } catch (Throwable error) { // nothing is held yet
            return Mono.error(handedOn(error));
        }
        BatchOverflowException refusal = hold(bytes);
        if (refusal != null) {
            return Mono.error(refusal);
        }
        Entry<T, R> entry = new Entry<>(item, bytes, Sinks.one());
        waiting.add(entry);
        writeWaiting();
        return entry.answer.asMono();
    }

    private @Nullable BatchOverflowException hold(long bytes) {
        int count = pending.incrementAndGet();
        long sum = pendingBytes.addAndGet(bytes);
        // Counted before the look at closed, so that close() either sees this item or this item sees the close.
        BatchOverflowException.Bound bound = closed
                ? BatchOverflowException.Bound.CLOSED
                : count > limits.maxPending()
                        ? BatchOverflowException.Bound.ITEMS
                        : sum > limits.maxPendingBytes() && count > 1 ? BatchOverflowException.Bound.BYTES : null;
        if (bound == null) {
            return null;
        }
        release(1, bytes);
        return new BatchOverflowException(name, bound);
    }

    private void release(int count, long bytes) {
        pendingBytes.addAndGet(-bytes);
        if (pending.addAndGet(-count) == 0 && closed) {
            emptied.tryEmitEmpty();
        }
    }

    private void writeWaiting() {
        if (rounds.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            while (busyLanes.get() < limits.lanes() && !waiting.isEmpty() && isTime()) {
                busyLanes.incrementAndGet();
                writeBatch(new Batch<>(compose(), new AtomicBoolean()));
            }
            if (closed && pending.get() == 0) {
                emptied.tryEmitEmpty();
            }
            seen = rounds.addAndGet(-seen);
        } while (seen != 0);
    }

    /** Whether a batch may leave now; if not, there will be another round when it may. */
    private boolean isTime() {
        return pause.isOver(closed || pending.get() >= ENOUGH || pendingBytes.get() >= limits.maxBytes());
    }

    private List<Entry<T, R>> compose() {
        List<Entry<T, R>> batch = new ArrayList<>();
        long bytes = 0;
        while (batch.size() < limits.maxSize()) {
            Entry<T, R> next = waiting.peek();
            if (next == null || (!batch.isEmpty() && bytes + next.bytes > limits.maxBytes())) {
                break;
            }
            waiting.remove();
            batch.add(next);
            bytes += next.bytes;
        }
        return batch;
    }

    private void writeBatch(Batch<T, R> batch) {
        sizes.record(batch.entries.size());
        List<T> items = new ArrayList<>(batch.entries.size());
        batch.entries.forEach(entry -> items.add(entry.item));
        // This subscription is never disposed of: the write belongs to the batcher and not to its callers, and close()
        // waits for it.
        try {
            Mono.defer(() -> write.apply(items))
                    .switchIfEmpty(
                            Mono.error(() -> new IllegalStateException(name + " wrote a batch and got no results")))
                    .subscribe(results -> answer(batch, results), error -> fail(batch, error));
        } catch (Throwable error) {
            // Reactor throws an Error of the JVM past its operators. Without this the lane would stay busy.
            fail(batch, error);
        }
    }

    private void answer(Batch<T, R> batch, List<R> results) {
        List<Entry<T, R>> entries = batch.entries;
        if (results.size() != entries.size()) {
            fail(
                    batch,
                    new IllegalStateException(
                            name + " wrote " + entries.size() + " items and got " + results.size() + " results"));
            return;
        }
        if (!batch.end()) {
            return;
        }
        freeLane();
        for (int i = 0; i < entries.size(); i++) {
            Entry<T, R> entry = entries.get(i);
            R result = results.get(i);
            tell(() -> entry.answer.tryEmitValue(result));
        }
        releaseAll(entries);
    }

    private void fail(Batch<T, R> batch, Throwable error) {
        if (!batch.end()) {
            return;
        }
        freeLane();
        Throwable answer = handedOn(error);
        batch.entries.forEach(entry -> tell(() -> entry.answer.tryEmitError(answer)));
        releaseAll(batch.entries);
    }

    /** Answers one item. The caller's own code runs here; if it throws, the other items still get their answers. */
    private void tell(Runnable answer) {
        try {
            answer.run();
        } catch (Throwable error) { // thrown by the caller's code: the outcome of the item stands
            log.atError()
                    .addKeyValue("batcher", name)
                    .addKeyValue("reason", error.toString())
                    .log("batch.answer_failed");
        }
    }

    /**
     * Reactor hands an exception on to the subscriber, but throws an Error of the JVM at once. So an Error is wrapped.
     */
    private Throwable handedOn(Throwable error) {
        return error instanceof Error ? new IllegalStateException(name + " failed: " + error, error) : error;
    }

    /** Called before the answers, so that the next batch leaves while they are given. */
    private void freeLane() {
        busyLanes.decrementAndGet();
        writeWaiting();
    }

    /** Called after the answers: until then the items take memory, and close() waits for them. */
    private void releaseAll(List<Entry<T, R>> batch) {
        long bytes = 0;
        for (Entry<T, R> entry : batch) {
            bytes += entry.bytes;
        }
        release(batch.size(), bytes);
    }
}
