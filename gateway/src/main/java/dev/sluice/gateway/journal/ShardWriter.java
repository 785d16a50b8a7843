package dev.sluice.gateway.journal;

import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.Report;
import dev.sluice.message.StatusMessage;
import dev.sluice.message.UnreadableMessageException;
import dev.sluice.message.Wire;
import dev.sluice.queue.ReceivedMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Writes the messages of one shard, and acks them then. For one batch at a time. */
final class ShardWriter {

    private static final Logger log = LoggerFactory.getLogger(ShardWriter.class);

    /** Reports in one statement: more would take longer than the time-out of Postgres, and be tried again for ever. */
    static final int MAX_REPORTS = 2_000;

    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);

    private final int shard;
    private final Function<List<ReportFrom>, Mono<Void>> journal;
    private final HeartbeatReader heartbeats;
    private final JournalMetrics metrics;

    /** @param journal makes reports durable */
    ShardWriter(
            int shard,
            Function<List<ReportFrom>, Mono<Void>> journal,
            HeartbeatReader heartbeats,
            JournalMetrics metrics) {
        this.shard = shard;
        this.journal = journal;
        this.heartbeats = heartbeats;
        this.metrics = metrics;
    }

    /**
     * Writes and acks. Settles last: a message that is not written is not acked and comes again. Cold.
     *
     * @param givenUp whether the messages are to go back, rather than be tried again where Postgres does not answer
     * @return empty once all are acked; an error if they were given up
     */
    Mono<Void> write(List<ReceivedMessage> messages, BooleanSupplier givenUp) {
        return Mono.defer(() -> writeAndAck(messages, givenUp))
                .doOnError(error -> log.atWarn()
                        .addKeyValue("shard", shard)
                        .addKeyValue("messages", messages.size())
                        .addKeyValue("reason", error.toString())
                        .log("journal.handed_back"));
    }

    private Mono<Void> writeAndAck(List<ReceivedMessage> messages, BooleanSupplier givenUp) {
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
                .concatMap(segment -> writeUntilDone(segment, givenUp), 1)
                .then(Mono.fromRunnable(() -> readable.forEach(ReceivedMessage::ack)));
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

    /**
     * A report has no other place: it is tried until Postgres takes it. The prefetch bounds the messages that wait
     * meanwhile.
     */
    private Mono<Void> writeUntilDone(Segment segment, BooleanSupplier givenUp) {
        return journal.apply(segment.reports)
                .then(Flux.fromIterable(segment.heartbeats)
                        .concatMap(this::hear, 1)
                        .then())
                .doOnError(error ->
                        log.atWarn().addKeyValue("reason", error.toString()).log("journal.not_written"))
                .retryWhen(Retry.backoff(Long.MAX_VALUE, PAUSE)
                        .maxBackoff(MAX_PAUSE)
                        .filter(_ -> !givenUp.getAsBoolean()));
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
}
