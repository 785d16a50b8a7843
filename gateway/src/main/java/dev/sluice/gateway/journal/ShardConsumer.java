package dev.sluice.gateway.journal;

import dev.sluice.gateway.batch.BatchLimits;
import dev.sluice.gateway.batch.MicroBatcher;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.Report;
import dev.sluice.message.StatusMessage;
import dev.sluice.message.UnreadableMessageException;
import dev.sluice.message.Wire;
import dev.sluice.queue.Broker;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Journals one shard: takes all messages that wait, writes them in one batch, acks them, and takes the next.
 *
 * <p>At most {@link #PREFETCH} messages wait here. Where the connection is lost meanwhile, they come again: as many copies
 * wait at most in the broker's client, unsettled, until there is room. Messages that wait here and are gone are dropped when
 * it is their turn, in order; the copies tell the same, and in the same order. So a shard holds {@link
 * #MAX_UNSETTLED_BYTES}, and twice that after a loss.
 */
final class ShardConsumer {

    private static final Logger log = LoggerFactory.getLogger(ShardConsumer.class);

    /** Of the messages of one shard that are here and not settled. */
    static final long MAX_UNSETTLED_BYTES = 64L << 20;

    /**
     * What processors send at most by default: a batch, or one report with the largest result. Where {@code
     * sluice.processor.reports.max-batch-bytes} is larger, so many times more may be here.
     */
    private static final int MESSAGE_BYTES = 1 << 20;

    /** Chosen for the bytes, because the broker hands out by count only. Messages are natural batches: it is ample. */
    static final int PREFETCH = (int) (MAX_UNSETTLED_BYTES / MESSAGE_BYTES);

    /**
     * {@link Receiver} bounds what waits, in count and by that in bytes. Messages count until their batch is told, and the
     * next ones come meanwhile: the number here is one that this never reaches.
     */
    private static final BatchLimits LIMITS = new BatchLimits(1, PREFETCH, 4 << 20, 16 * PREFETCH, Long.MAX_VALUE);

    /** In one statement: more would take longer than Postgres is waited for, and be tried again for ever. */
    static final int MAX_REPORTS = 2_000;

    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);

    private final int shard;
    private final Broker broker;
    private final Function<List<ReportFrom>, Mono<Void>> journal;
    private final HeartbeatReader heartbeats;
    private final JournalMetrics metrics;
    private final MicroBatcher<ReceivedMessage, ReceivedMessage> batcher;
    private final Disposable.Swap consuming = Disposables.swap();
    private volatile boolean stopped;

    /** @param journal makes reports durable */
    ShardConsumer(
            int shard,
            Broker broker,
            Function<List<ReportFrom>, Mono<Void>> journal,
            HeartbeatReader heartbeats,
            JournalMetrics metrics,
            MeterRegistry meters) {
        this.shard = shard;
        this.broker = broker;
        this.journal = journal;
        this.metrics = metrics;
        this.heartbeats = heartbeats;
        batcher = new MicroBatcher<>("journal-" + shard, LIMITS, message -> message.body().length, this::write, meters);
    }

    void start() {
        Receiver receiver = new Receiver();
        consuming.update(receiver);
        broker.consume(Topology.status(shard), PREFETCH).subscribe(receiver);
    }

    /**
     * Asks for one more message for each that is told. Not a flatMap, which drops what arrives while it is cancelled: that
     * would stay unsettled. {@link #stop} waits for what was taken.
     */
    private final class Receiver extends BaseSubscriber<ReceivedMessage> {

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            subscription.request(PREFETCH);
        }

        @Override
        protected void hookOnNext(ReceivedMessage message) {
            batcher.add(message).subscribe(_ -> request(1), _ -> handBack(message));
        }

        /** What is not written, which happens at a stop, goes back at once; what is settled already stays so. */
        private void handBack(ReceivedMessage message) {
            message.requeue();
            request(1);
        }
    }

    Mono<Void> stop() {
        return Mono.defer(() -> {
            stopped = true;
            consuming.dispose();
            return batcher.close();
        });
    }

    private Mono<List<ReceivedMessage>> write(List<ReceivedMessage> messages) {
        return Mono.defer(() -> writeAndAck(messages))
                .doOnError(error -> log.atWarn()
                        .addKeyValue("shard", shard)
                        .addKeyValue("messages", messages.size())
                        .addKeyValue("reason", error.toString())
                        .log("journal.handed_back"));
    }

    /** Settles last: what is not written is not acked and comes again. */
    private Mono<List<ReceivedMessage>> writeAndAck(List<ReceivedMessage> messages) {
        List<ReceivedMessage> readable = new ArrayList<>(messages.size());
        List<StatusMessage> decoded = new ArrayList<>(messages.size());
        for (ReceivedMessage message : messages) {
            if (message.isGone()) {
                continue;
            }
            try {
                decoded.add(Wire.decodeStatus(message.body()));
                readable.add(message);
            } catch (UnreadableMessageException unreadable) {
                metrics.unreadable();
                log.atWarn()
                        .addKeyValue("bytes", message.body().length)
                        .addKeyValue("reason", unreadable.getMessage())
                        .log("journal.unreadable");
                message.reject();
            }
        }
        return Flux.fromIterable(segments(decoded))
                .concatMap(this::writeUntilDone, 1)
                .then(Mono.fromSupplier(() -> {
                    readable.forEach(ReceivedMessage::ack);
                    return messages;
                }));
    }

    /** Reports up to a heartbeat or a bound, then the heartbeat: what it does not list is compared with what was reported before it. */
    private record Segment(List<ReportFrom> reports, List<StatusMessage.Heartbeat> heartbeats) {}

    private static List<Segment> segments(List<StatusMessage> messages) {
        List<Segment> segments = new ArrayList<>();
        List<ReportFrom> reports = new ArrayList<>();
        for (StatusMessage message : messages) {
            switch (message) {
                case StatusMessage.ReportBatch batch -> {
                    for (Report report : batch.reports()) {
                        reports.add(new ReportFrom(batch.processor(), report));
                        if (reports.size() == MAX_REPORTS) {
                            segments.add(new Segment(List.copyOf(reports), List.of()));
                            reports.clear();
                        }
                    }
                }
                case StatusMessage.Heartbeat heartbeat -> {
                    segments.add(new Segment(List.copyOf(reports), List.of(heartbeat)));
                    reports.clear();
                }
            }
        }
        if (!reports.isEmpty()) {
            segments.add(new Segment(reports, List.of()));
        }
        return segments;
    }

    /** Where Postgres refuses what a heartbeat says, the shard goes on without: the next one is only seconds away. */
    private Mono<Void> hear(StatusMessage.Heartbeat heartbeat) {
        return heartbeats
                .heard(shard, heartbeat)
                .onErrorResume(error -> !(error instanceof StoreUnavailableException), error -> {
                    log.atError()
                            .addKeyValue("processor", heartbeat.processor())
                            .addKeyValue("reason", error.toString())
                            .log("journal.heartbeat_refused");
                    return Mono.empty();
                });
    }

    /** There is nowhere else to put it: tried until Postgres takes it. The prefetch bounds what waits meanwhile. */
    private Mono<Void> writeUntilDone(Segment segment) {
        return journal.apply(segment.reports)
                .then(Flux.fromIterable(segment.heartbeats)
                        .concatMap(this::hear, 1)
                        .then())
                .doOnError(error ->
                        log.atWarn().addKeyValue("reason", error.toString()).log("journal.not_written"))
                .retryWhen(Retry.backoff(Long.MAX_VALUE, PAUSE)
                        .maxBackoff(MAX_PAUSE)
                        .filter(_ -> !stopped));
    }
}
