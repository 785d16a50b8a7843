package dev.sluice.queue.local;

import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.QueueSpec;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The queues, and the exchanges that lead to them. Reads are lock-free; changes are rare and copy. Thread-safe. */
final class Routes {

    private record Route(String exchange, String routingKey) {}

    private volatile Map<String, LocalQueue> queues = Map.of();
    private volatile Map<Route, List<LocalQueue>> routes = Map.of();

    @Nullable
    LocalQueue find(String name) {
        return queues.get(name);
    }

    Collection<LocalQueue> all() {
        return queues.values();
    }

    /** The queues a message goes to; none if nothing is bound. */
    List<LocalQueue> of(OutboundMessage message) {
        List<LocalQueue> direct = routes.get(new Route(message.exchange(), message.routingKey()));
        return direct == null ? List.of() : direct;
    }

    /** The queue of this name, made and bound if it is not there. */
    synchronized LocalQueue declare(QueueSpec spec, Function<QueueSpec, LocalQueue> maker) {
        LocalQueue there = queues.get(spec.name());
        if (there != null) {
            requireSame(there.spec(), spec);
            return there;
        }
        LocalQueue made = maker.apply(spec);
        Map<String, LocalQueue> more = new HashMap<>(queues);
        more.put(spec.name(), made);
        show(more);
        return made;
    }

    /** Takes a queue out; null if it is not there, or if another queue has its name by now. */
    synchronized @Nullable LocalQueue remove(String name, @Nullable LocalQueue only) {
        LocalQueue there = queues.get(name);
        if (there == null || (only != null && there != only)) {
            return null;
        }
        Map<String, LocalQueue> fewer = new HashMap<>(queues);
        fewer.remove(name);
        show(fewer);
        return there;
    }

    private void show(Map<String, LocalQueue> next) {
        Map<Route, List<LocalQueue>> bound = new HashMap<>();
        next.values().forEach(queue -> bound.merge(routeTo(queue.spec()), List.of(queue), Routes::both));
        routes = bound;
        queues = next;
    }

    private static Route routeTo(QueueSpec spec) {
        if (spec.exchange().isEmpty()) {
            return new Route("", spec.name());
        }
        return new Route(spec.exchange(), spec.routingKey());
    }

    private static List<LocalQueue> both(List<LocalQueue> some, List<LocalQueue> more) {
        return Stream.concat(some.stream(), more.stream()).toList();
    }

    private static void requireSame(QueueSpec there, QueueSpec wanted) {
        if (!there.equals(wanted)) {
            throw new IllegalStateException("the queue is declared already, as " + there + ", not " + wanted);
        }
    }
}
