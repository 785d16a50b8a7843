package dev.sluice.gateway.journal;

import dev.sluice.gateway.batch.BatchLimits;
import dev.sluice.gateway.batch.MicroBatcher;
import dev.sluice.gateway.presence.JournalProgress;
import dev.sluice.queue.Broker;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/**
 * Journals one shard: takes all messages that wait, writes them in one batch, acks them, and takes the next.
 *
 * <p>The broker lets one gateway receive the shard, the one that has waited longest. {@link #handOn} lets the next one
 * have it. This gateway then waits behind all others, so that a shard is never without a consumer.
 *
 * <p>At most {@link #PREFETCH} messages wait here. After a lost connection the broker delivers them again, and as many
 * copies may wait, unsettled, in the broker's client until there is room here. A message whose channel is gone is
 * dropped when its turn comes, because its copy follows in the same order. So the messages of a shard take {@link
 * #MAX_UNSETTLED_BYTES}, and twice as much after a loss.
 */
final class ShardConsumer {

    private static final Logger log = LoggerFactory.getLogger(ShardConsumer.class);

    /**
     * The largest message of a processor by default: a batch, or one report with the largest result. With a larger
     * {@code sluice.processor.reports.max-batch-bytes}, the bytes here may grow in proportion.
     */
    private static final int MESSAGE_BYTES = 1 << 20;

    /** The broker bounds unsettled messages by count only. It is ample, because messages are natural batches. */
    static final int PREFETCH = JournalProgress.MAX_UNSETTLED;

    /** Bound of the messages of one shard that are here and not settled. */
    static final long MAX_UNSETTLED_BYTES = (long) PREFETCH * MESSAGE_BYTES;

    /**
     * {@link Receiver} bounds the waiting messages by count, and so by bytes. A message counts as pending until it is
     * answered, and the next one may come before that. So this bound is larger than the prefetch, and is never reached.
     */
    private static final BatchLimits LIMITS = new BatchLimits(1, PREFETCH, 4 << 20, 16 * PREFETCH, Long.MAX_VALUE);

    private final int shard;
    private final Broker broker;
    private final ShardWriter writer;
    private final HeartbeatReader heartbeats;
    private final MicroBatcher<Taken, Taken> batcher;
    private final Disposable.Swap consuming = Disposables.swap();
    private volatile @Nullable Receiver receiver; // written with the lock
    private @Nullable Long handedOnNanos;
    private volatile boolean stopped;

    /** A message, and the receiver that took it. */
    private record Taken(ReceivedMessage message, Receiver by) {}

    ShardConsumer(int shard, Broker broker, ShardWriter writer, HeartbeatReader heartbeats, MeterRegistry meters) {
        this.shard = shard;
        this.broker = broker;
        this.writer = writer;
        this.heartbeats = heartbeats;
        batcher = new MicroBatcher<>(
                "journal-" + shard, LIMITS, taken -> taken.message.body().length, this::write, meters);
    }

    void start() {
        Receiver next = new Receiver();
        synchronized (this) {
            receiver = next;
            heartbeats.handedOn(shard);
        }
        consuming.update(next); // the former one takes no more
        broker.consume(Topology.status(shard), PREFETCH).subscribe(next);
    }

    /** With the lock, so that no message of the former receiver counts after the shard was handed on. */
    private synchronized boolean isTaken(ReceivedMessage message, Receiver by) {
        if (receiver != by) {
            return false;
        }
        by.receives = true;
        heartbeats.received(shard, message);
        return true;
    }

    /**
     * Lets the next gateway receive the shard, if this one does: takes no more, writes and acks the messages that were
     * taken, and waits behind the others. Where Postgres does not answer, the messages go back. At most once in this
     * pause, so that gateways which disagree do not pass the shard round and round. For one thread.
     */
    void handOn(Duration pause) {
        Receiver current = receiver;
        if (stopped || current == null || !current.receives || handedOnSince(pause)) {
            return;
        }
        handedOnNanos = System.nanoTime();
        log.atInfo().addKeyValue("shard", shard).log("journal.shard_handed_on");
        start();
    }

    private boolean handedOnSince(Duration pause) {
        Long last = handedOnNanos;
        return last != null && System.nanoTime() - last < pause.toNanos();
    }

    /**
     * Asks for one more message for each one that is answered. A flatMap would drop messages that arrive while it is
     * cancelled, and they would stay unsettled. {@link #stop} waits for the messages that were taken.
     */
    private final class Receiver extends BaseSubscriber<ReceivedMessage> {

        private volatile boolean receives;

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            subscription.request(PREFETCH);
        }

        @Override
        protected void hookOnNext(ReceivedMessage message) {
            if (isTaken(message, this)) {
                batcher.add(new Taken(message, this)).subscribe(_ -> answered(), _ -> handBack(message));
            } else {
                message.requeue(); // it came while this receiver was cancelled
            }
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

    /** The first message is of the earliest receiver, which must settle all before the next one gets any. */
    private Mono<List<Taken>> write(List<Taken> batch) {
        Receiver first = batch.getFirst().by;
        return writer.write(batch.stream().map(Taken::message).toList(), () -> stopped || first != receiver)
                .thenReturn(batch);
    }
}
