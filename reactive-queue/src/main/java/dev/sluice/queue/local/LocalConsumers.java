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

    /** {@code firstComeOnly}: the consumer that came first is served, the others stand by. */
    LocalConsumers(boolean firstComeOnly) {
        this.firstComeOnly = firstComeOnly;
    }

    void add(LocalConsumer consumer) {
        consumers.add(consumer);
    }

    /** Serves it no more; what it holds it may still settle. False if it was not there. */
    boolean remove(LocalConsumer consumer) {
        boolean removed = consumers.remove(consumer);
        if (removed && !consumer.holdsNothing()) {
            leaving.add(consumer);
        }
        return removed;
    }

    /** All that were served; none is any more. */
    List<LocalConsumer> removeAll() {
        List<LocalConsumer> all = List.copyOf(consumers);
        consumers.clear();
        return all;
    }

    boolean isEmpty() {
        return consumers.isEmpty();
    }

    /** The one whose turn it is and who has demand, in turns. */
    @Nullable
    LocalConsumer next() {
        if (firstComeOnly) {
            return !consumers.isEmpty() && consumers.getFirst().canTake() ? consumers.getFirst() : null;
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

    /** Everything that anyone holds, oldest first for each; those who were leaving have left. */
    List<LocalDelivery> takeBack() {
        List<LocalDelivery> held = new ArrayList<>();
        consumers.forEach(consumer -> held.addAll(consumer.takeBack()));
        leaving.forEach(consumer -> held.addAll(consumer.takeBack()));
        leaving.clear();
        return held;
    }

    /** Lets those go who were leaving and hold nothing any more. */
    void forgetWhoLeft() {
        leaving.removeIf(LocalConsumer::holdsNothing);
    }
}
