package dev.sluice.gateway.reconcile;

import dev.sluice.queue.Broker;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.retry.Retry;
import reactor.util.retry.RetryBackoffSpec;

/**
 * Reads the dead letters, one at a time, and acks each once {@link DeadLetters} has brought it to its place. Of all
 * gateways the broker serves one. A letter that cannot be brought there, because Postgres or the broker is away, stays
 * unsettled and is tried again. The queue of an earlier version is read, too, where there is one.
 *
 * <p>Bound: {@link #PREFETCH} letters of a queue are here. An envelope has at most 1 MiB, or a single request, which
 * may be as large as its kind allows. So they are few: one in hand, and the next.
 */
final class DeadLetterReader {

    private static final Logger log = LoggerFactory.getLogger(DeadLetterReader.class);

    static final int PREFETCH = 2;

    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(2);

    private final Broker broker;
    private final DeadLetters letters;
    private final Sinks.Empty<Void> stopping = Sinks.empty();
    private volatile boolean stopped;
    private volatile Mono<Void> running = Mono.empty();

    DeadLetterReader(Broker broker, DeadLetters letters) {
        this.broker = broker;
        this.letters = letters;
    }

    /** Begins to read. */
    Mono<Void> start() {
        return Mono.fromRunnable(() -> {
            Mono<Void> reading = Mono.when(read(broker.consume(Topology.dead(), PREFETCH)), read(former()))
                    .cache();
            running = reading;
            reading.subscribe();
        });
    }

    /** Receives nothing more; the letter in hand is ended, and those behind it go back. */
    Mono<Void> stop() {
        return Mono.defer(() -> {
            stopped = true;
            stopping.tryEmitEmpty();
            return running;
        });
    }

    private Flux<ReceivedMessage> former() {
        QueueSpec queue = Topology.formerDead();
        return broker.exists(queue.name())
                .retryWhen(again())
                .filter(there -> there)
                .flatMapMany(_ -> broker.consume(queue, PREFETCH))
                .onErrorComplete(Exception.class); // it was stopped while the broker was away
    }

    /** Ends with the letters that are here already, because a cancelled operator would leave them unsettled. */
    private Mono<Void> read(Flux<ReceivedMessage> received) {
        return received.takeUntilOther(stopping.asMono())
                .concatMap(this::end, PREFETCH)
                .then();
    }

    private Mono<Void> end(ReceivedMessage letter) {
        if (letter.isGone()) {
            return Mono.empty(); // the broker delivers it again
        }
        if (stopped) {
            return Mono.fromRunnable(letter::requeue);
        }
        return letters.handle(letter)
                .doOnError(error ->
                        log.atWarn().addKeyValue("reason", error.toString()).log("dead_letter.waits"))
                .retryWhen(again().filter(_ -> !stopped && !letter.isGone()))
                .doOnSuccess(_ -> letter.ack())
                .onErrorResume(Exception.class, _ -> Mono.fromRunnable(letter::requeue));
    }

    private RetryBackoffSpec again() {
        return Retry.backoff(Long.MAX_VALUE, PAUSE).maxBackoff(MAX_PAUSE).filter(_ -> !stopped);
    }
}
