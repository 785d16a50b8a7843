package dev.sluice.processor;

import dev.sluice.message.Report;
import dev.sluice.message.RequestId;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.queue.Topology;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * All runs, each from its receipt until its last report is confirmed. Thread-safe.
 *
 * <p>Law: received = ended + held, at any quiet moment. Bounded by the prefetch of the consumers times the size of an
 * envelope, and by the tokens for long runs, which hold no message.
 */
final class HeldRuns {

    private final List<Set<Run>> shards = IntStream.range(0, Topology.STATUS_SHARDS)
            .<Set<Run>>mapToObj(_ -> ConcurrentHashMap.newKeySet())
            .toList();
    private final Map<DispatchKey, Run> newest = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private final LongAdder received = new LongAdder();
    private final Map<Outcome, LongAdder> ended = Stream.of(Outcome.values())
            .collect(Collectors.toUnmodifiableMap(Function.identity(), _ -> new LongAdder()));
    private final Sinks.Empty<Void> empty = Sinks.empty();
    private volatile boolean last;

    /** The runs of one dispatch are deliveries of the same message. */
    private record DispatchKey(RequestId id, int dispatch) {}

    void add(Run run) {
        newest.put(keyOf(run), run);
        received.increment();
        size.incrementAndGet();
        shards.get(shardOf(run.id())).add(run);
    }

    /** The last report of a run is confirmed: it is held no more. */
    void remove(Run run, Report report) {
        shards.get(shardOf(run.id())).remove(run);
        newest.remove(keyOf(run), run);
        adder(Outcome.of(report)).increment();
        size.decrementAndGet();
        signalWhenEmpty();
    }

    /** The newest run of a dispatch, if one is held. */
    @Nullable
    Run find(RequestId id, int dispatch) {
        return newest.get(new DispatchKey(id, dispatch));
    }

    /** Whether a later dispatch of its request was received: then nothing that it still reports counts. */
    boolean isOutrun(Run run) {
        return shards.get(shardOf(run.id())).stream()
                .anyMatch(other -> other.id().equals(run.id()) && other.dispatch() > run.dispatch());
    }

    /** The runs of a shard, for its heartbeat. */
    List<Held> of(int shard) {
        return shards.get(shard).stream().map(Run::held).toList();
    }

    /** Calls each run of these requests; a request may have more than one run, of different fences. */
    void forEach(Collection<RequestId> ids, Consumer<Run> action) {
        Set<RequestId> wanted = Set.copyOf(ids);
        forEach(run -> {
            if (wanted.contains(run.id())) {
                action.accept(run);
            }
        });
    }

    void forEach(Consumer<Run> action) {
        shards.forEach(runs -> runs.forEach(action));
    }

    /**
     * To be called once no run is added any more.
     *
     * @return completes when nothing is held
     */
    Mono<Void> whenEmpty() {
        last = true;
        signalWhenEmpty();
        return empty.asMono();
    }

    int size() {
        return size.get();
    }

    long received() {
        return received.sum();
    }

    long ended(Outcome outcome) {
        return adder(outcome).sum();
    }

    private LongAdder adder(Outcome outcome) {
        return Objects.requireNonNull(ended.get(outcome)); // there is a counter for each
    }

    private void signalWhenEmpty() {
        if (last && size.get() == 0) {
            var _ = empty.tryEmitEmpty(); // a second emit changes nothing
        }
    }

    private static DispatchKey keyOf(Run run) {
        return new DispatchKey(run.id(), run.dispatch());
    }

    private static int shardOf(RequestId id) {
        return Topology.shardOf(id.value());
    }
}
