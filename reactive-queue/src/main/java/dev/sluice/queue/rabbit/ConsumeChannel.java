package dev.sluice.queue.rabbit;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Delivery;
import dev.sluice.queue.AdapterThreads;
import dev.sluice.queue.BrokerCounters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Queue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.util.concurrent.Queues;

/**
 * One generation of consuming: a channel, and the settling of its messages.
 *
 * <p>Settling puts a note into a queue and goes on; the adapter's thread takes the notes out in batches and joins acks
 * if it may. Once the channel is gone, settling does nothing: the broker has put the messages back. Thread-safe.
 *
 * <p>A channel of a queue with a single active consumer keeps its place until its last message is settled. Then it is
 * closed, and in one step the broker takes the rest back in order and turns to the next consumer. If the consumer were
 * cancelled first, the next one would receive younger messages before older ones came back.
 */
final class ConsumeChannel {

    /** How a message ends. */
    enum Settling {
        ACK,
        REQUEUE,
        REJECT
    }

    private record Note(long tag, Settling settling) {}

    private static final Logger LOG = LoggerFactory.getLogger(ConsumeChannel.class);

    private final Channel channel;
    private final AdapterThreads thread;
    private final BrokerCounters counters;
    private final boolean isOfSingleConsumer;

    /**
     * Tags that are received and not settled at the broker, with their bytes; they come in ascending order. Bounded by
     * the prefetch.
     */
    private final NavigableMap<Long, Integer> open = new ConcurrentSkipListMap<>();

    private final Queue<Note> notes = Queues.<Note>unboundedMultiproducer().get();
    private final AtomicInteger drains = new AtomicInteger();
    private volatile @Nullable String consumerTag;
    private volatile boolean retired;

    /** The first message that goes back with the end of the channel. Confined to the adapter's thread. */
    private long oldestLeft = Long.MAX_VALUE;

    ConsumeChannel(Channel channel, AdapterThreads thread, BrokerCounters counters, boolean isOfSingleConsumer) {
        this.channel = channel;
        this.thread = thread;
        this.counters = counters;
        this.isOfSingleConsumer = isOfSingleConsumer;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    void consuming(String tag) {
        consumerTag = tag;
    }

    RabbitDelivery received(Delivery delivery) {
        open.put(delivery.getEnvelope().getDeliveryTag(), delivery.getBody().length);
        counters.taken(delivery.getBody().length);
        if (!channel.isOpen()) {
            lost();
        }
        RabbitDelivery received = new RabbitDelivery(this, delivery);
        counters.received(received.redeliveries());
        return received;
    }

    void settle(long tag, Settling settling) {
        if (!channel.isOpen()) {
            return;
        }
        counters.settled.increment();
        notes.add(new Note(tag, settling));
        if (drains.getAndIncrement() == 0) {
            thread.execute(this::drain);
        }
    }

    /** From now on, messages of a single consumer that are to go back wait for the end of the channel. Any thread. */
    void beginToRetire() {
        retired = retired || isOfSingleConsumer;
    }

    /**
     * Receives no more; the channel stays until the last of its messages is settled. Called on the adapter's thread.
     */
    void retire() {
        try {
            String tag = consumerTag;
            if (tag != null && channel.isOpen() && !isOfSingleConsumer) {
                channel.basicCancel(tag);
            }
        } catch (IOException | AlreadyClosedException e) {
            LOG.debug("broker.cancel_failed cause={}", e.toString());
        }
        retired = true;
        closeIfDone();
    }

    /** The channel is gone: the broker has taken its unsettled messages back. */
    void lost() {
        for (Map.Entry<Long, Integer> next = open.pollFirstEntry(); next != null; next = open.pollFirstEntry()) {
            ended(next.getValue());
        }
    }

    void abort() {
        try {
            channel.abort();
        } catch (IOException e) {
            LOG.debug("broker.abort_failed cause={}", e.toString());
        }
    }

    private void drain() {
        int seen;
        do {
            seen = drains.get();
            try {
                writeNotes();
            } catch (AlreadyClosedException _) {
                notes.clear(); // the broker has put the messages back
            } catch (IOException e) {
                LOG.debug("broker.settle_failed cause={}", e.toString());
                channel.getConnection().abort(1_000);
            }
        } while (drains.addAndGet(-seen) != 0);
        closeIfDone();
    }

    private void writeNotes() throws IOException {
        List<Note> acked = new ArrayList<>();
        for (Note note = notes.poll(); note != null; note = notes.poll()) {
            ended(open.remove(note.tag()));
            if (note.settling() == Settling.ACK) {
                acked.add(note);
            } else if (note.settling() == Settling.REQUEUE && isOfSingleConsumer && retired) {
                oldestLeft = Math.min(oldestLeft, note.tag());
            } else {
                // Not nack: since RabbitMQ 4.3 its requeues do not count towards the delivery limit.
                channel.basicReject(note.tag(), note.settling() == Settling.REQUEUE);
            }
        }
        if (!acked.isEmpty()) {
            ack(acked.stream().mapToLong(Note::tag).toArray());
        }
    }

    /**
     * One ack says "all up to here", up to the first message that is still open or left; later messages are acked one
     * by one.
     */
    private void ack(long[] tags) throws IOException {
        Long oldestOpen = open.ceilingKey(0L);
        long before = oldestOpen == null ? oldestLeft : Math.min(oldestOpen, oldestLeft);
        Arrays.sort(tags);
        int together = 0;
        while (together < tags.length && tags[together] < before) {
            together++;
        }
        if (together > 0) {
            channel.basicAck(tags[together - 1], true);
        }
        for (int i = together; i < tags.length; i++) {
            channel.basicAck(tags[i], false);
        }
    }

    private void ended(@Nullable Integer bytes) {
        if (bytes != null) {
            counters.ended(bytes);
        }
    }

    private void closeIfDone() {
        if (retired && open.isEmpty() && channel.isOpen()) {
            abort();
        }
    }
}
