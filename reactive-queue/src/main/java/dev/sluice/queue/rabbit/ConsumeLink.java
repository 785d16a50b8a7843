package dev.sluice.queue.rabbit;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import dev.sluice.queue.AdapterThreads;
import dev.sluice.queue.BrokerCounters;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * The connection for consuming and for declaring. It is apart from publishing, so that a blocked publisher does not
 * hold back acks. It is one connection for both, because an exclusive queue belongs to the connection that declared it.
 */
final class ConsumeLink implements Link.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(ConsumeLink.class);
    private static final int NOT_FOUND = 404;

    private final RabbitTopology topology;
    private final BrokerCounters counters;
    private final QueueDepths depths;
    private final AdapterThreads thread;
    private final AdapterThreads deliveries;
    private final Link link;
    private final Set<RabbitConsumer> consumers = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    ConsumeLink(
            RabbitSettings settings,
            RabbitTopology topology,
            BrokerCounters counters,
            QueueDepths depths,
            AdapterThreads thread,
            AdapterThreads deliveries) {
        this.topology = topology;
        this.counters = counters;
        this.depths = depths;
        this.thread = thread;
        this.deliveries = deliveries;
        this.link = new Link(settings, "sluice-consume", thread, deliveries, counters, this);
    }

    void open() {
        link.open();
    }

    Flux<ReceivedMessage> consume(QueueSpec queue, int prefetch) {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super ReceivedMessage> subscriber) {
                add(new RabbitConsumer(ConsumeLink.this, queue, prefetch, subscriber), subscriber);
            }
        };
    }

    /** Declares; waits for a connection, and once more if that connection is lost on the way. */
    Mono<Void> declare(QueueSpec queue) {
        return onChannel(link.whenConnected(), channel -> topology.declare(channel, queue))
                .retryWhen(reactor.util.retry.Retry.from(losses -> losses.concatMap(this::pauseAfterLoss, 1)));
    }

    Mono<Long> ready(String queue) {
        return connectedNow()
                .flatMap(connection -> depths.ready(connection, queue))
                .onErrorResume(ShutdownSignalException.class, ConsumeLink::notFound)
                .onErrorMap(IOException.class, _ -> new PublishException.ConnectionLost(true));
    }

    Mono<Void> delete(String queue) {
        return onChannel(connectedNow(), channel -> topology.delete(channel, queue))
                .onErrorMap(ShutdownSignalException.class, _ -> new PublishException.ConnectionLost(true));
    }

    @Override
    public void connected(Connection connection) {
        // The link shows the connection after this call; the consumers look for it then.
        thread.execute(() -> consumers.forEach(RabbitConsumer::start));
    }

    @Override
    public void lost() {
        // Each channel tells its consumer.
    }

    /** Ends all consumers and the connection; on the adapter's thread. */
    void close(int timeoutMs) {
        closed = true;
        consumers.forEach(RabbitConsumer::complete);
        link.close(timeoutMs);
    }

    void remove(RabbitConsumer consumer) {
        consumers.remove(consumer);
    }

    @Nullable
    Connection connection() {
        return link.connection();
    }

    RabbitTopology topology() {
        return topology;
    }

    BrokerCounters counters() {
        return counters;
    }

    AdapterThreads thread() {
        return thread;
    }

    AdapterThreads deliveries() {
        return deliveries;
    }

    private void add(RabbitConsumer consumer, CoreSubscriber<? super ReceivedMessage> subscriber) {
        if (closed) {
            Operators.complete(subscriber);
            return;
        }
        consumers.add(consumer);
        subscriber.onSubscribe(consumer);
        thread.execute(consumer::start);
        if (closed) {
            consumer.complete(); // the consumer may have come between the check and the add
        }
    }

    private Mono<Connection> connectedNow() {
        return Mono.defer(() -> {
            Connection now = link.connection();
            return now == null ? Mono.error(new PublishException.ConnectionLost(false)) : Mono.just(now);
        });
    }

    private <T> Mono<T> onChannel(Mono<Connection> connection, Function<Channel, Mono<T>> work) {
        return Mono.usingWhen(
                connection.publishOn(thread.scheduler()).map(ConsumeLink::newChannel),
                work,
                channel -> Mono.<Void>fromRunnable(() -> abort(channel)).subscribeOn(thread.scheduler()));
    }

    private Mono<Long> pauseAfterLoss(reactor.util.retry.Retry.RetrySignal signal) {
        boolean lost = signal.failure() instanceof ShutdownSignalException cause && cause.isHardError();
        return lost && !closed
                ? Mono.delay(java.time.Duration.ofMillis(100), thread.scheduler())
                : Mono.error(signal.failure());
    }

    private static Mono<Long> notFound(ShutdownSignalException cause) {
        if (cause.isHardError()) {
            return Mono.error(new PublishException.ConnectionLost(true));
        }
        boolean missing = cause.getReason() instanceof com.rabbitmq.client.AMQP.Channel.Close close
                && close.getReplyCode() == NOT_FOUND;
        // Any other refusal is about a queue that exists, for instance one that belongs to another connection.
        return missing ? Mono.empty() : Mono.just(0L);
    }

    private static Channel newChannel(Connection connection) {
        try {
            Channel channel = connection.createChannel();
            if (channel == null) {
                throw new IllegalStateException("the connection has no channel left");
            }
            return channel;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void abort(Channel channel) {
        try {
            channel.abort();
        } catch (IOException e) {
            LOG.debug("broker.abort_failed cause={}", e.toString());
        }
    }
}
