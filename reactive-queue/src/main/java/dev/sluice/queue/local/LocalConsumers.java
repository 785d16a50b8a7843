package dev.sluice.queue.local;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The consumers of one queue, and whose turn it is. Not thread-safe: its queue does one thing at a time. */
final class LocalConsumers {

    private final boolean firstComeOnly;
    private final List<LocalConsumer> consumers = new ArrayList<>();

    /** Consumers that were cancelled and still hold messages. */
    private final List<LocalConsumer> leaving = new ArrayList<>();

    private int last;

    /**
     * {@code firstComeOnly}: the consumer that came first is served, the others stand by. One that leaves settles its
     * messages before the next one is served.
     */
    LocalConsumers(boolean firstComeOnly) {
        this.firstComeOnly = firstComeOnly;
    }

    void add(LocalConsumer consumer) {
        consumers.add(consumer);
    }

    /** Serves the consumer no more; it may still settle the messages that it holds. False if it was not there. */
    boolean remove(LocalConsumer consumer) {
        boolean removed = consumers.remove(consumer);
        if (removed && !consumer.holdsNothing()) {
            leaving.add(consumer);
        }
        return removed;
    }

    /** Removes and returns all consumers that were served. */
    List<LocalConsumer> removeAll() {
        List<LocalConsumer> all = List.copyOf(consumers);
        consumers.clear();
        return all;
    }

    boolean isEmpty() {
        return consumers.isEmpty();
    }

    /** The next consumer with demand, in turns. */
    @Nullable
    LocalConsumer next() {
        if (firstComeOnly) {
            boolean isServed = leaving.isEmpty() && !consumers.isEmpty();
            return isServed && consumers.getFirst().canTake() ? consumers.getFirst() : null;
        }
        for (int i = 0; i < consumers.size(); i++) {
            last = (last + 1) % consumers.size();
            LocalConsumer candidate = consumers.get(last);
            if (candidate.canTake()) {
                return candidate;
            }
        }
        return null;
    }

    /** All messages that any consumer holds, oldest first for each; the leaving consumers have left then. */
    List<LocalDelivery> takeBack() {
        List<LocalDelivery> held = new ArrayList<>();
        consumers.forEach(consumer -> held.addAll(consumer.takeBack()));
        leaving.forEach(consumer -> held.addAll(consumer.takeBack()));
        leaving.clear();
        return held;
    }

    /** Removes the leaving consumers that hold no message any more. */
    void forgetWhoLeft() {
        leaving.removeIf(LocalConsumer::holdsNothing);
    }
}
