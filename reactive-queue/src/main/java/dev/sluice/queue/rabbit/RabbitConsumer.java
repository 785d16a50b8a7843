package dev.sluice.queue.rabbit;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Delivery;
import dev.sluice.queue.QueueSpec;
import dev.sluice.queue.ReceivedMessage;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;

/**
 * One subscription to a queue: declares and consumes, and does so again whenever its channel ends or the broker cancels
 * it.
 *
 * <p>Signals are serialized by {@link #drain} (Reactive Streams 1.3) and demand is respected (1.1); received messages
 * that are not yet requested wait here, at most the prefetch. A waiting message of an earlier channel is dropped, asked
 * for or not, because the broker delivers it again. Starting and stopping run on the adapter's thread.
 */
final class RabbitConsumer implements Subscription {

    private static final Logger LOG = LoggerFactory.getLogger(RabbitConsumer.class);

    private final ConsumeLink link;
    private final QueueSpec queue;
    private final int prefetch;
    private final CoreSubscriber<? super ReceivedMessage> subscriber;
    private final Queue<RabbitDelivery> received =
            Queues.<RabbitDelivery>unboundedMultiproducer().get();
    private final AtomicLong requested = new AtomicLong();
    private final AtomicInteger drains = new AtomicInteger();
    private final Backoff backoff = new Backoff();
    private volatile @Nullable ConsumeChannel current;
    private volatile boolean cancelled;
    private volatile boolean completed;
    private boolean starting;

    RabbitConsumer(
            ConsumeLink link, QueueSpec queue, int prefetch, CoreSubscriber<? super ReceivedMessage> subscriber) {
        this.link = link;
        this.queue = queue;
        this.prefetch = prefetch;
        this.subscriber = subscriber;
    }

    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            requested.accumulateAndGet(n, Operators::addCap);
            // Not on the caller's thread; within onNext, the loop below is told to go round once more.
            if (!received.isEmpty() && drains.getAndIncrement() == 0) {
                link.deliveries().execute(this::drainLoop);
            }
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        ConsumeChannel last = current;
        if (last != null) {
            last.beginToRetire();
        }
        link.remove(this);
        link.thread().execute(this::stop);
    }

    /** The broker adapter closes: no more messages. */
    void complete() {
        completed = true;
        link.deliveries().execute(this::drain);
    }

    /** Starts unless it runs already; called on the adapter's thread, whenever there may be a connection. */
    void start() {
        Connection connection = link.connection();
        if (connection == null || cancelled || starting || current != null) {
            return;
        }
        starting = true;
        try {
            Channel channel = connection.createChannel();
            if (channel == null) {
                throw new IOException("the connection has no channel left");
            }
            channel.addShutdownListener(cause -> link.thread().execute(() -> ended(channel, cause.getMessage())));
            link.topology()
                    .declare(channel, queue)
                    .subscribe(
                            null,
                            error -> link.thread().execute(() -> failed(channel, error)),
                            () -> link.thread().execute(() -> consume(channel)));
        } catch (IOException | RuntimeException e) {
            LOG.debug("broker.consume_failed queue={} cause={}", queue.name(), e.toString());
            startLater();
        }
    }

    private void consume(Channel channel) {
        ConsumeChannel generation = new ConsumeChannel(
                channel, link.thread(), link.counters(), queue.sort().isOfSingleConsumer());
        try {
            if (cancelled) {
                channel.abort();
                return;
            }
            channel.basicQos(prefetch);
            current = generation;
            starting = false;
            generation.consuming(channel.basicConsume(
                    queue.name(),
                    false,
                    (_, delivery) -> offer(generation, delivery),
                    _ -> link.thread().execute(generation::abort)));
            backoff.reset();
            if (cancelled) {
                stop();
            }
        } catch (IOException | RuntimeException e) {
            failed(channel, e);
        }
    }

    private void offer(ConsumeChannel generation, Delivery delivery) {
        received.add(generation.received(delivery));
        drain();
    }

    private void failed(Channel channel, Throwable error) {
        LOG.warn("broker.consume_failed queue={} cause={}", queue.name(), error.toString());
        try {
            channel.abort();
        } catch (IOException e) {
            LOG.debug("broker.abort_failed cause={}", e.toString());
        }
    }

    private void ended(Channel channel, @Nullable String cause) {
        starting = false;
        ConsumeChannel last = current;
        if (last != null) {
            last.lost();
        }
        current = null;
        link.deliveries().execute(this::drain);
        if (!cancelled) {
            LOG.debug("broker.consumer_ended queue={} channel={} cause={}", queue.name(), channel, cause);
            startLater();
        }
    }

    private void startLater() {
        starting = false;
        link.thread().after(backoff.next(), this::start);
    }

    private void stop() {
        ConsumeChannel last = current;
        if (last != null) {
            last.retire();
        }
        drain();
    }

    private void drain() {
        if (drains.getAndIncrement() == 0) {
            drainLoop();
        }
    }

    private void drainLoop() {
        int seen;
        do {
            seen = drains.get();
            emit();
        } while (drains.addAndGet(-seen) != 0);
    }

    private void emit() {
        dropGone();
        long emitted = 0;
        long demand = requested.get();
        while (!cancelled && emitted < demand) {
            RabbitDelivery next = received.poll();
            if (next == null) {
                break;
            }
            if (next.isOf(current)) {
                emitted++;
                emit(next);
            }
        }
        subtract(emitted);
        if (cancelled) {
            returnReceived();
        } else if (completed) {
            cancelled = true;
            subscriber.onComplete();
        }
    }

    /**
     * Drops messages of earlier channels, which are in front. Without demand too: else each lost channel leaves a
     * prefetch of them.
     */
    private void dropGone() {
        for (RabbitDelivery next = received.peek(); next != null && !next.isOf(current); next = received.peek()) {
            received.poll();
        }
    }

    private void emit(RabbitDelivery next) {
        if (queue.sort() == QueueSpec.Sort.HINTS) {
            next.ack(); // a hint may be lost; its listener need not settle
        }
        subscriber.onNext(next);
    }

    private void subtract(long emitted) {
        requested.updateAndGet(now -> now == Long.MAX_VALUE ? now : now - emitted);
    }

    /** No consumer here will see them, so another one shall. */
    private void returnReceived() {
        for (RabbitDelivery next = received.poll(); next != null; next = received.poll()) {
            next.requeue();
        }
    }
}
