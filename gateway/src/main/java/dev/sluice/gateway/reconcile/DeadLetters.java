package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.store.postgres.SqlErrors;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.transition.LostRun;
import dev.sluice.gateway.transition.LostRun.Evidence;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage;
import dev.sluice.message.UnreadableMessageException;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Decides about one dead letter.
 *
 * <pre>
 * an envelope that the broker gave up     its requests go back to the backlog, and run alone from then on
 * an envelope that a processor rejected   its requests go back to the backlog, after {@link #REJECTED_PAUSE}
 * reports                                 go to their status queue again
 * a heartbeat                             is forgotten: a newer one has come since
 * all else                                is parked with its bytes, in {@link Topology#unreadable}
 * </pre>
 *
 * <p>A request that went on meanwhile stays as it is. The envelope names its dispatch; while the request shows this
 * dispatch and no run of it was heard of, the envelope was the only thing that could bring it forward. A given-up
 * envelope counts as a crash, so that a request that kills processors ends as poison. A rejected one does not: the
 * processor lives, and a newer version of it may be able to read.
 */
final class DeadLetters {

    private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);

    /** A processor that could not read the envelope can hardly read it at once; it may be a version behind. */
    static final Duration REJECTED_PAUSE = Duration.ofSeconds(30);

    private static final Duration DECLARE_TIMEOUT = Duration.ofSeconds(5);

    private final Broker broker;
    private final Transitions transitions;
    private final DeadLetterMetrics metrics;

    DeadLetters(Broker broker, Transitions transitions, DeadLetterMetrics metrics) {
        this.broker = broker;
        this.transitions = transitions;
        this.metrics = metrics;
    }

    /**
     * Brings the content of a letter to where it goes on. The caller acks after that.
     *
     * @return empty once it is durable there. {@link StoreUnavailableException}, {@link PublishException}, a time-out:
     *     not now, and doing it again is harmless
     */
    Mono<Void> handle(ReceivedMessage letter) {
        return Mono.defer(() -> byContent(letter))
                .onErrorResume(DeadLetters::wouldFailAgain, error -> park(letter, error));
    }

    private Mono<Void> byContent(ReceivedMessage letter) {
        WorkEnvelope envelope;
        try {
            envelope = Wire.decodeWork(letter.body());
        } catch (UnreadableMessageException _) {
            return byStatus(letter.body());
        }
        return takeBack(envelope, letter.isGivenUp());
    }

    private Mono<Void> byStatus(byte[] body) {
        return switch (Wire.decodeStatus(body)) {
            case StatusMessage.ReportBatch batch -> reportAgain(batch, body);
            case StatusMessage.Heartbeat _ -> Mono.fromRunnable(metrics::stale);
        };
    }

    private Mono<Void> takeBack(WorkEnvelope envelope, boolean givenUp) {
        Map<RequestId, LostRun> runs = new HashMap<>();
        envelope.items().forEach(item -> {
            Fence queued = new Fence(item.dispatch(), 0);
            runs.put(
                    item.id(),
                    givenUp
                            ? new LostRun(queued, Evidence.GIVEN_UP)
                            : new LostRun(queued, Evidence.REFUSED, REJECTED_PAUSE));
        });
        return transitions
                .takeBack(runs)
                .doOnNext(changes -> noteTakenBack(envelope, givenUp, changes.size()))
                .then();
    }

    private void noteTakenBack(WorkEnvelope envelope, boolean givenUp, int changed) {
        if (changed == 0) {
            metrics.stale();
        } else {
            metrics.returned();
        }
        log.atWarn()
                .addKeyValue("kind", envelope.kind())
                .addKeyValue("requests", envelope.items().size())
                .addKeyValue("returned", changed)
                .addKeyValue("reason", givenUp ? "delivery_limit" : "rejected")
                .log("dead_letter.envelope");
    }

    /** All reports of a batch are of one shard. The journal knows which of them still mean something. */
    private Mono<Void> reportAgain(StatusMessage.ReportBatch batch, byte[] body) {
        if (batch.reports().isEmpty()) {
            return Mono.fromRunnable(metrics::stale);
        }
        int shard = Topology.shardOf(batch.reports().getFirst().id().value());
        return broker.declare(Topology.status(shard))
                .timeout(DECLARE_TIMEOUT)
                .then(broker.publish(OutboundMessage.durable(Topology.STATUS_EXCHANGE, Integer.toString(shard), body)))
                .doOnSuccess(_ -> {
                    metrics.returned();
                    log.atWarn()
                            .addKeyValue("processor", batch.processor())
                            .addKeyValue("reports", batch.reports().size())
                            .log("dead_letter.reports");
                });
    }

    private Mono<Void> park(ReceivedMessage letter, Throwable reason) {
        String queue = Topology.unreadable().name();
        return broker.declare(Topology.unreadable())
                .timeout(DECLARE_TIMEOUT)
                .then(broker.publish(OutboundMessage.durable("", queue, letter.body())))
                .doOnSuccess(_ -> {
                    metrics.unreadable();
                    log.atError()
                            .addKeyValue("bytes", letter.body().length)
                            .addKeyValue("reason", reason.toString())
                            .addKeyValue("queue", queue)
                            .addKeyValue(
                                    "advice",
                                    "compare the versions of all gateways and processors, and look at"
                                            + " the message in this queue: it is kept until newer ones push it out")
                            .log("dead_letter.unreadable");
                });
    }

    /** Whether another try would end the same: the bytes are no message of ours, or Postgres refuses their content. */
    private static boolean wouldFailAgain(Throwable error) {
        return error instanceof UnreadableMessageException
                || error instanceof IllegalArgumentException
                || SqlErrors.isBadData(error);
    }
}
