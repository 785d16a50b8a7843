package dev.sluice.gateway.reconcile;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The kinds whose queues had nothing ready in one look. The broker is asked at most once for each kind, for one kind at
 * a time. Not thread-safe: for one look at a time.
 */
final class EmptyQueues {

    /** A broker that is slower is not asked about hundreds of kinds. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final Function<String, Mono<Long>> ready;
    private final Map<String, Boolean> empty = new HashMap<>();

    /** @param ready asks how many messages of a kind are ready; empty if the kind has no queue */
    EmptyQueues(Function<String, Mono<Long>> ready) {
        this.ready = ready;
    }

    /**
     * Those of the given kinds whose queue had nothing ready. Cold.
     *
     * @return an error if the broker could not be asked
     */
    Mono<Set<String>> among(Collection<String> kinds) {
        return Flux.fromIterable(kinds)
                .filter(kind -> !empty.containsKey(kind))
                .concatMap(kind -> isEmpty(kind).doOnNext(answer -> empty.put(kind, answer)), 1)
                .then(Mono.fromSupplier(() -> kinds.stream().filter(empty::get).collect(Collectors.toSet())));
    }

    private Mono<Boolean> isEmpty(String kind) {
        return ready.apply(kind).timeout(TIMEOUT).map(count -> count == 0).defaultIfEmpty(true);
    }
}
