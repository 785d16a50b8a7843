package dev.sluice.queue.rabbit;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.impl.ForgivingExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps lost connections out of the client's log: they are expected, and {@link Link} logs one line for each; the
 * client would log an error with its trace.
 */
final class ConnectionErrors extends ForgivingExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionErrors.class);

    @Override
    public void handleUnexpectedConnectionDriverException(Connection connection, Throwable error) {
        LOG.debug("broker.connection_error cause={}", error.toString());
    }
}
