package dev.sluice.queue.local;

import dev.sluice.queue.AdapterThreads;
import dev.sluice.queue.BrokerCounters;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.QueueSpec;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.util.concurrent.Queues;

/**
 * One queue. Any thread puts events into its inbox; one thread at a time handles them, so its state needs no lock.
 *
 * <p>Bounded by {@link QueueRoom}. At the bound publishers wait, and dead letters keep their room in the queue that
 * gave them up; in queues of hints and of parked messages the oldest goes instead.
 */
final class LocalQueue {

    /** The calls of the queue to its broker. */
    interface Owner {

        /** The message goes to the dead letters; {@code stored} is run once it is there. */
        void deadLetter(Stored letter, Runnable stored);

        /** The queue became full, or publishers wait for it; or that is over. */
        void blocked(LocalQueue queue, boolean blocked);

        /** The last consumer of an exclusive queue has gone. */
        void unused(LocalQueue queue);

        /** The queue is gone and this consumer needs it again. */
        void orphaned(LocalConsumer consumer);
    }

    private final QueueSpec spec;
    private final QueueRoom room;
    private final AdapterThreads workers;
    private final BrokerCounters counters;
    private final Owner owner;
    private final Queue<Runnable> inbox =
            Queues.<Runnable>unboundedMultiproducer().get();
    private final AtomicInteger drains = new AtomicInteger();

    private final Deque<Stored> ready = new ArrayDeque<>();
    private final Deque<Incoming> blocked = new ArrayDeque<>();
    private final Deque<Letter> letters = new ArrayDeque<>();
    private final LocalConsumers consumers;

    private boolean full;
    private boolean deleted;

    LocalQueue(QueueSpec spec, QueueBounds bounds, AdapterThreads workers, BrokerCounters counters, Owner owner) {
        this.spec = spec;
        this.room = new QueueRoom(spec.sort(), bounds);
        this.workers = workers;
        this.counters = counters;
        this.owner = owner;
        this.consumers = new LocalConsumers(spec.sort().isOfSingleConsumer());
    }

    QueueSpec spec() {
        return spec;
    }

    int messages() {
        return room.messages();
    }

    long bytes() {
        return room.bytes();
    }

    void publish(Incoming incoming) {
        run(() -> accept(incoming));
    }

    /** Stores a dead letter once it has room; until then it counts in the queue that it came from. */
    void store(Stored letter, Runnable stored) {
        run(() -> {
            if (deleted) {
                stored.run(); // nowhere to go, as in delete()
            } else {
                letters.add(new Letter(letter, stored));
                admitLetters();
            }
        });
    }

    /** How many messages wait to be received. */
    Mono<Long> ready() {
        return Mono.create(sink -> run(() -> sink.success((long) ready.size())));
    }

    void attach(LocalConsumer consumer) {
        consumer.attachedTo(this);
        run(() -> {
            if (deleted) {
                owner.orphaned(consumer);
            } else if (!consumer.isCancelled()) {
                consumers.add(consumer);
            }
        });
    }

    void detach(LocalConsumer consumer) {
        run(() -> {
            if (consumers.remove(consumer) && isHints() && consumers.isEmpty()) {
                owner.unused(this);
            }
        });
    }

    void settle(LocalDelivery delivery, LocalDelivery.Settling settling) {
        run(() -> end(delivery, settling));
    }

    /** Ends the publishes that have waited too long. */
    void expire(long nowNanos) {
        run(() -> {
            while (!blocked.isEmpty() && blocked.peek().isDue(nowNanos)) {
                blocked.remove().fail(new PublishException.ConfirmTimeout(false));
            }
            admitBlocked();
        });
    }

    /** As if the connection of all consumers were lost: their messages go back, and the consumers come again. */
    void disconnect() {
        run(() -> {
            if (isHints()) {
                ready.clear();
                room.clear();
            }
            consumers.takeBack().reversed().forEach(delivery -> putBack(delivery.stored));
        });
    }

    /** Deletes the queue with all it holds. */
    void delete() {
        run(() -> {
            deleted = true;
            ready.clear();
            letters.forEach(letter -> letter.stored().run());
            letters.clear();
            blocked.forEach(waiting -> waiting.fail(unroutable(waiting)));
            blocked.clear();
            owner.blocked(this, false);
            List<LocalConsumer> orphans = consumers.removeAll();
            orphans.forEach(LocalConsumer::takeBack);
            orphans.forEach(owner::orphaned);
        });
    }

    /** The broker closes: waiting publishes are given up, consumers complete. */
    void close() {
        run(() -> {
            deleted = true;
            ready.clear();
            blocked.forEach(waiting -> waiting.fail(new PublishException.ConnectionLost(false)));
            blocked.clear();
            consumers.removeAll().forEach(LocalConsumer::complete);
        });
    }

    /** Looks for messages to deliver. */
    void wake() {
        if (drains.getAndIncrement() == 0) {
            workers.execute(this::drain);
        }
    }

    private void run(Runnable step) {
        inbox.add(step);
        wake();
    }

    private void drain() {
        int seen;
        do {
            seen = drains.get();
            for (Runnable step = inbox.poll(); step != null; step = inbox.poll()) {
                step.run();
            }
            deliver();
        } while (drains.addAndGet(-seen) != 0);
    }

    private void accept(Incoming incoming) {
        if (deleted) {
            incoming.fail(unroutable(incoming));
        } else if (!blocked.isEmpty() || !room.isFor(incoming.message.body())) {
            blocked.add(incoming);
            showFull();
        } else {
            take(incoming);
        }
    }

    private void take(Incoming incoming) {
        if (!incoming.hasEnded()) {
            add(new Stored(incoming.message.body(), 0, false));
            incoming.taken();
        }
        showFull();
    }

    private void add(Stored message) {
        while (!ready.isEmpty() && room.isOverfullWith(message.body())) {
            forget(ready.remove());
        }
        ready.add(message);
        room.took(message.body());
    }

    private void admitLetters() {
        for (Letter next = letters.peek();
                next != null && room.isFor(next.message().body());
                next = letters.peek()) {
            letters.remove();
            add(next.message());
            next.stored().run();
        }
    }

    private void admitBlocked() {
        admitLetters();
        while (!blocked.isEmpty() && room.isFor(blocked.peek().message.body())) {
            take(blocked.remove());
        }
        showFull();
    }

    private void showFull() {
        boolean now = !blocked.isEmpty() || room.isFull();
        if (now != full) {
            full = now;
            owner.blocked(this, now);
        }
    }

    private void deliver() {
        while (!ready.isEmpty()) {
            LocalConsumer consumer = consumers.next();
            if (consumer == null) {
                return;
            }
            Stored stored = ready.remove();
            counters.received(stored.redeliveries());
            if (isHints()) {
                forget(stored);
                counters.settled.increment();
            }
            consumer.take(new LocalDelivery(stored, consumer, this, isHints()));
        }
    }

    private void end(LocalDelivery delivery, LocalDelivery.Settling settling) {
        if (deleted || !delivery.consumer.settle(delivery)) {
            return;
        }
        counters.settled.increment();
        consumers.forgetWhoLeft();
        switch (settling) {
            case ACK -> forget(delivery.stored);
            case REQUEUE -> putBack(delivery.stored);
            case REJECT -> bury(delivery.stored, false);
        }
    }

    private void putBack(Stored stored) {
        if (stored.redeliveries() < spec.sort().deliveryLimit()) {
            ready.addFirst(stored.again());
        } else {
            bury(stored, true);
        }
    }

    private void bury(Stored stored, boolean cameBackTooOften) {
        if (spec.sort().isDeadLettering()) {
            owner.deadLetter(stored.dead(cameBackTooOften), () -> run(() -> forget(stored)));
        } else {
            forget(stored);
        }
    }

    private void forget(Stored stored) {
        room.gaveBack(stored.body());
        admitBlocked();
    }

    private boolean isHints() {
        return spec.sort() == QueueSpec.Sort.HINTS;
    }

    private static PublishException unroutable(Incoming incoming) {
        return new PublishException.Unroutable(incoming.message.exchange(), incoming.message.routingKey());
    }
}
