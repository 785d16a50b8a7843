package dev.sluice.gateway.kind;

import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.message.KindName;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The kinds of work and their policies: a copy from Postgres, renewed every two seconds.
 *
 * <p>A kind comes to exist by configuration, which wins at each start, or by the offer of a processor. Kinds
 * are not forgotten. Each costs the gateway some work every two seconds, so that offers are bounded. Thread-safe.
 */
public final class Kinds {

    private static final Logger log = LoggerFactory.getLogger(Kinds.class);
    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private final KindTable table;
    private final KindProperties defaults;
    private final int maxKinds;
    private final Scheduler scheduler;
    private final AtomicBoolean warned = new AtomicBoolean();
    private final Disposable.Swap refreshing = Disposables.swap();
    private volatile Map<String, KindPolicy> byName = Map.of();

    public Kinds(Database database, KindProperties defaults, int maxKinds, Scheduler scheduler) {
        this.table = new KindTable(database);
        this.defaults = defaults;
        this.maxKinds = maxKinds;
        this.scheduler = scheduler;
    }

    /** Stores the configured kinds, and goes on looking for changed policies. */
    public Mono<Void> start(Map<String, KindProperties> configured) {
        return configure(configured)
                .doOnSuccess(_ -> refreshing.update(Flux.interval(INTERVAL, scheduler)
                        .onBackpressureDrop()
                        .concatMap(_ -> refresh().onErrorResume(Exception.class, Kinds::failed), 1)
                        .subscribe()));
    }

    public Mono<Void> stop() {
        return Mono.fromRunnable(refreshing::dispose);
    }

    /** The policy of a kind, if there is such a kind. Never blocks. */
    public Optional<KindPolicy> find(String kind) {
        return Optional.ofNullable(byName.get(kind));
    }

    public Collection<KindPolicy> all() {
        return byName.values();
    }

    /** Reads the policies from Postgres now. */
    public Mono<Void> refresh() {
        return table.all()
                .map(policies ->
                        policies.stream().collect(Collectors.toUnmodifiableMap(KindPolicy::name, Function.identity())))
                .doOnNext(this::show)
                .then();
    }

    /** Stores the configured policies over the present ones. */
    public Mono<Void> configure(Map<String, KindProperties> kinds) {
        List<KindPolicy> policies = kinds.entrySet().stream()
                .map(kind -> kind.getValue().policyOf(kind.getKey()))
                .toList();
        return table.save(policies).then(refresh());
    }

    /**
     * Makes kinds that processors offer, and the configuration does not name, known with the defaults, as far as there
     * is room; invalid names are left out. A kind that finds no room is taken at a later offer, when there is some.
     */
    public Mono<Void> offer(Set<String> kinds) {
        List<String> unknown = kinds.stream()
                .filter(kind -> !byName.containsKey(kind) && KindName.isValid(kind))
                .sorted()
                .toList();
        int room = Math.max(0, maxKinds - byName.size());
        if (room < unknown.size()) {
            warnOnce(unknown.subList(room, unknown.size()));
        }
        List<String> taken = unknown.subList(0, Math.min(room, unknown.size()));
        return taken.isEmpty()
                ? Mono.empty()
                : table.offer(taken, defaults.policyOf("offered"), maxKinds).then(refresh());
    }

    private void show(Map<String, KindPolicy> policies) {
        byName = policies;
        if (policies.size() < maxKinds) {
            warned.set(false);
        }
    }

    /** Heartbeats offer again and again. */
    private void warnOnce(List<String> refused) {
        if (warned.compareAndSet(false, true)) {
            log.atWarn()
                    .addKeyValue("max_kinds", maxKinds)
                    .addKeyValue("refused", refused.size())
                    .addKeyValue("first", refused.getFirst())
                    .addKeyValue("remedy", "raise sluice.max-kinds, or delete kinds without requests from table kind")
                    .log("kinds.refused");
        }
    }

    private static Mono<Void> failed(Exception error) {
        log.atWarn().addKeyValue("reason", error.getMessage()).log("kinds.not_refreshed");
        return Mono.empty();
    }
}
