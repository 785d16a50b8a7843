package dev.sluice.processor;

import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import dev.sluice.queue.rabbit.RabbitBroker;
import dev.sluice.queue.rabbit.RabbitSettings;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * Load for the run that writes the start cache: a processor on a broker in this JVM gets work of kind {@code echo}. The
 * JVM keeps in the cache its knowledge of hot code, so that later starts compile that code at once. For a plain
 * thread; bounded in count and time.
 */
final class Rehearsal {

    /** Far below the number that any machine reaches in the time. */
    static final int ENOUGH = 2_000;

    private static final int REQUESTS = 40_000;
    private static final int MOST_AT_ONCE = 500;
    private static final int MAX_ENVELOPE = 8;
    private static final int PREFETCH = 100;
    private static final Duration MAX_TIME = Duration.ofSeconds(20);

    /** Nobody listens there: so the classes of the client are in the cache, and no broker is disturbed. */
    private static final String NOWHERE = "127.0.0.1:1";

    private static final Payload INPUT = new Payload(
            Payload.JSON, ("{\"rehearsal\":\"" + "x".repeat(1_000) + "\"}").getBytes(StandardCharsets.UTF_8));

    private final Broker broker;
    private final Clock clock;
    private final AtomicInteger succeeded = new AtomicInteger();
    private final Semaphore room = new Semaphore(MOST_AT_ONCE);
    private final long startedAt = System.nanoTime();

    Rehearsal(Broker broker, Clock clock) {
        this.broker = broker;
        this.clock = clock;
    }

    /** Sends work until the bound is reached, and waits for its end; returns how many requests have succeeded. */
    int run() throws InterruptedException {
        RabbitBroker unreachable = RabbitBroker.connect(RabbitSettings.of(NOWHERE));
        Disposable reports = Flux.range(0, Topology.STATUS_SHARDS)
                .flatMap(shard -> broker.consume(Topology.status(shard), PREFETCH), Topology.STATUS_SHARDS)
                .subscribe(this::count);
        int size = 1;
        for (int sent = 0; sent < REQUESTS && hasRoom(size); size = size % MAX_ENVELOPE + 1) {
            send(sent, size);
            sent += size;
        }
        hasRoom(MOST_AT_ONCE); // all have ended
        reports.dispose();
        unreachable.close().subscribe(); // the program ends: nobody waits for it
        return succeeded.get();
    }

    private boolean hasRoom(int requests) throws InterruptedException {
        long left = MAX_TIME.toNanos() - (System.nanoTime() - startedAt);
        return room.tryAcquire(requests, left, TimeUnit.NANOSECONDS);
    }

    private void send(int first, int count) {
        List<WorkItem> items =
                IntStream.range(first, first + count).mapToObj(this::item).toList();
        WorkEnvelope envelope = new WorkEnvelope("echo", items);
        broker.publish(OutboundMessage.durable(Topology.WORK_EXCHANGE, envelope.kind(), Wire.encode(envelope)))
                .subscribe(null, _ -> {}); // work that is lost here does not succeed, and is not counted
    }

    private WorkItem item(int number) {
        Instant now = clock.instant();
        long high = (now.toEpochMilli() << 16) | 0x7000; // an id of the time, as those of requests
        UUID id = new UUID(high, 0x8000_0000_0000_0000L | number);
        return new WorkItem(new RequestId(id), 1, 1, 5, 1, false, Duration.ofMinutes(1), now, null, INPUT);
    }

    private void count(ReceivedMessage message) {
        if (Wire.decodeStatus(message.body()) instanceof StatusMessage.ReportBatch batch) {
            int ended = (int) batch.reports().stream()
                    .filter(Report.Succeeded.class::isInstance)
                    .count();
            succeeded.addAndGet(ended);
            room.release(ended);
        }
        message.ack();
    }
}
