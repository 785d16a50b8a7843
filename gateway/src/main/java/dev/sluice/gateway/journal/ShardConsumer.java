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
 * <p>At most {@link #PREFETCH} messages wait here. After a lost connection the broker delivers them again, and as many
 * copies may wait, unsettled, in the broker's client until there is room here. A message whose channel is gone is
 * dropped when its turn comes, because its copy follows in the same order. So the messages of a shard take {@link
 * #MAX_UNSETTLED_BYTES}, and twice as much after a loss.
 */
final class ShardConsumer {

    private static final Logger log = LoggerFactory.getLogger(ShardConsumer.class);

    /** Bound of the messages of one shard that are here and not settled. */
    static final long MAX_UNSETTLED_BYTES = 64L << 20;

    /**
     * The largest message of a processor by default: a batch, or one report with the largest result. With a larger
     * {@code sluice.processor.reports.max-batch-bytes}, the bytes here may grow in proportion.
     */
    private static final int MESSAGE_BYTES = 1 << 20;

    /**
     * The broker bounds unsettled messages by count only, so the count follows from the bytes. It is ample, because
     * messages are natural batches.
     */
    static final int PREFETCH = (int) (MAX_UNSETTLED_BYTES / MESSAGE_BYTES);

    /**
     * {@link Receiver} bounds the waiting messages by count, and so by bytes. A message counts as pending until it is
     * answered, and the next one may come before that. So this bound is larger than the prefetch, and is never reached.
     */
    private static final BatchLimits LIMITS = new BatchLimits(1, PREFETCH, 4 << 20, 16 * PREFETCH, Long.MAX_VALUE);

    /** Reports in one statement: more would take longer than the time-out of Postgres, and be tried again for ever. */
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
     * Asks for one more message for each one that is answered. A flatMap would drop messages that arrive while it is
     * cancelled, and they would stay unsettled. {@link #stop} waits for the messages that were taken.
     */
    private final class Receiver extends BaseSubscriber<ReceivedMessage> {

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            subscription.request(PREFETCH);
        }

        @Override
        protected void hookOnNext(ReceivedMessage message) {
            heartbeats.received(shard);
            batcher.add(message).subscribe(_ -> answered(), _ -> handBack(message));
        }

        /** Messages that are not written at a stop go back at once; settled ones stay settled. */
        private void handBack(ReceivedMessage message) {
            message.requeue();
            answered();
        }

        private void answered() {
            heartbeats.written(shard);
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

    /** Settles last: a message that is not written is not acked and comes again. */
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

    /**
     * Reports up to the next heartbeat or {@link #MAX_REPORTS}, and that heartbeat. The reports are written first,
     * because the heartbeat's list of runs is compared with them.
     */
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

    /** If Postgres refuses a heartbeat, the shard goes on without it: the next one is only seconds away. */
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

    /**
     * A report has no other place: it is tried until Postgres takes it. The prefetch bounds the messages that wait
     * meanwhile.
     */
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
