package dev.sluice.queue.rabbit;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.BlockedCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import dev.sluice.queue.AdapterThreads;
import dev.sluice.queue.BrokerCounters;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.Latest;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.PublishLimits;
import java.io.IOException;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Publishes with pipelined confirms.
 *
 * <p>Callers put messages into a queue and go on. One thread takes them out in batches and writes them to the socket,
 * which may block; answers come on the client's reader thread; time-outs on the timer's, which never blocks, so they
 * come even while a write hangs.
 */
final class RabbitPublisher implements Link.Listener, PublishChannel.Results {

    private static final Logger LOG = LoggerFactory.getLogger(RabbitPublisher.class);

    private final PublishLimits limits;
    private final BrokerCounters counters;
    private final RabbitTopology topology;
    private final AdapterThreads thread;
    private final Latest<BrokerState> state = new Latest<>(BrokerState.DISCONNECTED);
    private final Deque<Outgoing> waiting = new ConcurrentLinkedDeque<>();
    private final AtomicInteger drains = new AtomicInteger();
    private final Backoff reopening = new Backoff();
    private volatile @Nullable PublishChannel channel;
    private volatile boolean blocked;
    private volatile boolean closed;

    RabbitPublisher(PublishLimits limits, BrokerCounters counters, RabbitTopology topology, AdapterThreads thread) {
        this.limits = limits;
        this.counters = counters;
        this.topology = topology;
        this.thread = thread;
    }

    Mono<Void> publish(OutboundMessage message) {
        return Mono.create(sink -> accept(message, sink));
    }

    Latest<BrokerState> state() {
        return state;
    }

    int inFlight() {
        PublishChannel current = channel;
        return current == null ? 0 : current.inFlight();
    }

    /** Ends publishes that have waited too long. Called on the timer's thread. */
    void expire() {
        long now = System.nanoTime();
        Outgoing oldest = waiting.peek();
        while (oldest != null && (oldest.isDue(now) || oldest.hasEnded())) {
            if (waiting.remove(oldest)) {
                ended(oldest, new PublishException.ConfirmTimeout(false));
            }
            oldest = waiting.peek();
        }
        PublishChannel current = channel;
        if (current != null) {
            current.expire(now);
        }
    }

    /** Gives up waiting publishes; sent ones end with the channel. */
    void close() {
        closed = true;
        for (Outgoing each = waiting.poll(); each != null; each = waiting.poll()) {
            ended(each, new PublishException.ConnectionLost(false));
        }
    }

    @Override
    public void connected(Connection connection) throws IOException {
        connection.addBlockedListener((BlockedCallback) this::blocked, () -> blocked(null));
        openChannel(connection);
    }

    @Override
    public void lost() {
        blocked = false;
        showState();
    }

    @Override
    public void ended(Outgoing message, @Nullable PublishException error) {
        Outgoing.State was = message.toEnded();
        if (was == Outgoing.State.ENDED) {
            return;
        }
        counters.release(message.message);
        if (was == Outgoing.State.SENT) {
            (error == null ? counters.confirmed : counters.failed).increment();
        }
        message.tell(error);
        if (!waiting.isEmpty()) {
            drainSoon();
        }
    }

    @Override
    public void lost(PublishChannel gone) {
        if (channel != gone) {
            return;
        }
        channel = null;
        showState();
    }

    private void accept(OutboundMessage message, MonoSink<Void> sink) {
        if (closed) {
            sink.error(new PublishException.ConnectionLost(false));
        } else if (!counters.hold(message, limits)) {
            sink.error(new PublishException.Overflow(limits.maxWaiting()));
        } else {
            long deadline = System.nanoTime() + limits.confirmTimeout().toNanos();
            waiting.add(new Outgoing(message, deadline, sink));
            if (closed) {
                close(); // a publish may have come between the check and the add
            }
            drainSoon();
        }
    }

    private void openChannel(Connection connection) throws IOException {
        Channel made = connection.createChannel();
        PublishChannel next = new PublishChannel(made, limits.maxInFlight(), this);
        made.addShutdownListener(cause -> {
            if (!cause.isHardError() && !closed) {
                LOG.warn("broker.publish_channel_closed cause={}", cause.getMessage());
                thread.after(reopening.next(), () -> reopen(connection));
            }
        });
        topology.declareExchanges(made)
                .subscribe(null, error -> failed(made, error), () -> thread.execute(() -> use(next, made)));
    }

    private void use(PublishChannel next, Channel made) {
        try {
            channel = next;
            next.open();
            reopening.reset();
            showState();
            drainSoon();
        } catch (IOException | RuntimeException e) {
            failed(made, e);
        }
    }

    private void reopen(Connection connection) {
        try {
            openChannel(connection);
        } catch (IOException | RuntimeException e) {
            LOG.debug("broker.publish_channel_failed cause={}", e.toString());
            connection.abort(1_000);
        }
    }

    /** A channel that cannot be set up takes its connection along: the link makes both again, with a growing pause. */
    private void failed(Channel made, Throwable error) {
        LOG.warn("broker.publish_channel_failed cause={}", error.toString());
        thread.execute(() -> made.getConnection().abort(1_000));
    }

    private void blocked(@Nullable String reason) {
        blocked = reason != null;
        LOG.info("broker.blocked blocked={} reason={}", blocked, reason);
        showState();
        drainSoon();
    }

    private void showState() {
        BrokerState now =
                channel == null ? BrokerState.DISCONNECTED : blocked ? BrokerState.BLOCKED : BrokerState.CONNECTED;
        if (state.get() != now) {
            state.set(now);
        }
    }

    private void drainSoon() {
        if (drains.getAndIncrement() == 0) {
            thread.execute(this::drain);
        }
    }

    private void drain() {
        int seen;
        do {
            seen = drains.get();
            sendAll();
        } while (drains.addAndGet(-seen) != 0);
    }

    private void sendAll() {
        PublishChannel current = channel;
        while (current != null && !blocked && current.hasRoom()) {
            Outgoing next = waiting.poll();
            if (next == null) {
                return;
            }
            if (next.toSent()) {
                counters.published.increment();
                send(current, next);
            }
        }
    }

    private void send(PublishChannel current, Outgoing next) {
        try {
            if (!current.send(next)) {
                // The channel went between the check and the write; nothing was written, but only this thread can take
                // it back.
                ended(next, new PublishException.ConnectionLost(false));
            }
        } catch (AlreadyClosedException _) {
            // The channel's own shutdown ends all messages in its unconfirmed, this one too.
        } catch (IOException | RuntimeException e) {
            LOG.debug("broker.write_failed cause={}", e.toString());
            current.abandon();
        }
    }
}
