package dev.sluice.processor;

import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/**
 * Brings reports and heartbeats to the status shards: in natural batches, confirmed, in order within a shard, tried
 * again until the broker has them. A message that may have arrived is sent again all the same: the journal knows
 * repeated reports by their ordinals.
 *
 * <p>Thread-safe. Its bound is soft ({@link PendingReports}): {@link #hasRoom} tells when no new work should be
 * started.
 */
final class Reporter {

    private static final Logger log = LoggerFactory.getLogger(Reporter.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(2);
    private static final Duration DECLARE_TIMEOUT = Duration.ofSeconds(5);

    private final Broker broker;
    private final Scheduler scheduler;
    private final PendingReports pending;
    private final List<ReportLane> lanes;
    private volatile boolean closed;

    /** @param roomAgain called when {@link #hasRoom} has become true again */
    Reporter(Broker broker, UUID processor, ReportLimits limits, Scheduler scheduler, Runnable roomAgain) {
        this.broker = broker;
        this.scheduler = scheduler;
        pending = new PendingReports(limits, roomAgain);
        lanes = IntStream.range(0, Topology.STATUS_SHARDS)
                .mapToObj(shard -> new ReportLane(processor, limits, pending, body -> send(shard, body)))
                .toList();
    }

    /** Queues a report for the next {@link #flush}; {@code confirmed} is called once the broker has it. */
    void add(Report report, Runnable confirmed) {
        laneOf(report.id()).add(report, confirmed);
    }

    /**
     * Queues a report and sends it as soon as its lane is free.
     *
     * @return hot; completes once the broker has it, which may take as long as the broker is away
     */
    Mono<Void> report(Report report) {
        Sinks.Empty<Void> confirmed = Sinks.empty();
        add(report, confirmed::tryEmitEmpty);
        flush();
        return confirmed.asMono();
    }

    /** Queues a heartbeat for a shard; it is composed when it leaves. */
    void add(int shard, Supplier<StatusMessage.Heartbeat> heartbeat, Runnable confirmed) {
        lanes.get(shard).add(heartbeat, confirmed);
    }

    /** Sends all waiting reports whose lane is free. */
    void flush() {
        lanes.forEach(ReportLane::flush);
    }

    /** Whether reports leave room to start new work. */
    boolean hasRoom() {
        return pending.hasRoom();
    }

    PendingReports pending() {
        return pending;
    }

    /** Stops: messages that are not confirmed are not sent again. */
    void close() {
        closed = true;
    }

    private ReportLane laneOf(RequestId id) {
        return lanes.get(Topology.shardOf(id.value()));
    }

    private Mono<Void> send(int shard, byte[] body) {
        OutboundMessage message = OutboundMessage.durable(Topology.STATUS_EXCHANGE, Integer.toString(shard), body);
        return broker.publish(message)
                .onErrorResume(PublishException.Unroutable.class, _ -> declareAndPublish(shard, message))
                .retryWhen(Retry.backoff(Long.MAX_VALUE, FIRST_PAUSE)
                        .maxBackoff(LAST_PAUSE)
                        .scheduler(scheduler)
                        .filter(_ -> !closed)
                        .doBeforeRetry(retry -> logRetry(shard, retry)));
    }

    private Mono<Void> declareAndPublish(int shard, OutboundMessage message) {
        return broker.declare(Topology.status(shard))
                .timeout(DECLARE_TIMEOUT, scheduler)
                .then(broker.publish(message));
    }

    private static void logRetry(int shard, Retry.RetrySignal retry) {
        log.atWarn()
                .addKeyValue("shard", shard)
                .addKeyValue("failures", retry.totalRetriesInARow() + 1)
                .addKeyValue("reason", retry.failure().getMessage())
                .log("reports.not_confirmed");
    }
}
