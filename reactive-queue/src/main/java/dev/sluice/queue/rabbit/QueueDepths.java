package dev.sluice.queue.rabbit;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import dev.sluice.queue.AdapterThreads;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Asks how many messages queues have, one question after the other, on a thread and a channel of its own. So a question
 * costs one round trip, and holds back neither declarations nor those who settle. A queue that is not there closes the
 * channel; the next question opens another one.
 */
final class QueueDepths {

    private final AdapterThreads thread;

    /** Of the thread alone. */
    private @Nullable Channel channel;

    QueueDepths(AdapterThreads thread) {
        this.thread = thread;
    }

    /** The messages that are ready. Cold; {@link ShutdownSignalException} if the channel or the connection ended. */
    Mono<Long> ready(Connection connection, String queue) {
        return Mono.fromCallable(() -> ask(connection, queue)).subscribeOn(thread.scheduler());
    }

    private Long ask(Connection connection, String queue) throws IOException {
        try {
            return (long) channelOf(connection).queueDeclarePassive(queue).getMessageCount();
        } catch (IOException e) {
            if (e.getCause() instanceof ShutdownSignalException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private Channel channelOf(Connection connection) throws IOException {
        Channel last = channel;
        if (last != null && last.isOpen() && last.getConnection().equals(connection)) {
            return last;
        }
        Channel opened = connection.createChannel();
        if (opened == null) {
            throw new IllegalStateException("the connection has no channel left");
        }
        channel = opened;
        return opened;
    }
}
