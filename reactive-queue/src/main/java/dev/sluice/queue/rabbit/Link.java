package dev.sluice.queue.rabbit;

import com.rabbitmq.client.Connection;
import dev.sluice.queue.AdapterThreads;
import dev.sluice.queue.BrokerCounters;
import dev.sluice.queue.Latest;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * One connection that is made again whenever it is lost, until {@link #close}.
 *
 * <p>Connecting happens on the link's thread, and so do the calls of {@link Listener#connected}.
 */
final class Link {

    /** Hears of the connection. */
    interface Listener {

        /** There is a new connection. An exception gives it up and tries again. */
        void connected(Connection connection) throws IOException;

        /** The connection is gone; called on a thread of the client. */
        void lost();
    }

    private static final Logger LOG = LoggerFactory.getLogger(Link.class);

    private final RabbitSettings settings;
    private final String name;
    private final AdapterThreads thread;
    private final AdapterThreads deliveries;
    private final Listener listener;
    private final Backoff backoff = new Backoff();
    private final Latest<Optional<Connection>> connection = new Latest<>(Optional.empty());
    private final BrokerCounters counters;
    private boolean connectedBefore;
    private volatile boolean closed;

    Link(
            RabbitSettings settings,
            String name,
            AdapterThreads thread,
            AdapterThreads deliveries,
            BrokerCounters counters,
            Listener listener) {
        this.settings = settings;
        this.name = name;
        this.thread = thread;
        this.deliveries = deliveries;
        this.counters = counters;
        this.listener = listener;
    }

    void open() {
        thread.execute(this::connect);
    }

    @Nullable
    Connection connection() {
        return connection.get().orElse(null);
    }

    /** The connection, as soon as there is one. */
    Mono<Connection> whenConnected() {
        return connection
                .changes()
                .filter(Optional::isPresent)
                .map(Optional::get)
                .next();
    }

    /** Closes the connection; to be called on the link's thread. */
    void close(int timeoutMs) {
        closed = true;
        Connection last = connection();
        if (last != null) {
            last.abort(timeoutMs);
        }
        connection.complete();
    }

    private void connect() {
        if (closed) {
            return;
        }
        Connection made = null;
        try {
            made = settings.connectionFactory().newConnection(deliveries.service(), settings.parsedAddresses(), name);
            listener.connected(made);
            Connection current = made;
            connection.set(Optional.of(current));
            backoff.reset();
            if (connectedBefore) {
                counters.reconnects.increment();
            }
            connectedBefore = true;
            LOG.info("broker.connected link={} peer={}:{}", name, made.getAddress(), made.getPort());
            // Called at once if the connection is gone already.
            made.addShutdownListener(cause -> lost(cause.getMessage()));
        } catch (IOException | TimeoutException | RuntimeException e) {
            if (made != null) {
                made.abort();
            }
            LOG.debug("broker.connect_failed link={} cause={}", name, e.toString());
            thread.after(backoff.next(), this::connect);
        }
    }

    private void lost(@Nullable String cause) {
        connection.set(Optional.empty());
        listener.lost();
        if (!closed) {
            LOG.info("broker.connection_lost link={} cause={}", name, cause);
            thread.after(backoff.next(), this::connect);
        }
    }
}
