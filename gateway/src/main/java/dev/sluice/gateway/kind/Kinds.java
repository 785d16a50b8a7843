package dev.sluice.gateway.kind;

import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.message.KindName;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * <p>A kind comes to exist by configuration, which wins at each start, or by the offer of a processor. Thread-safe.
 */
public final class Kinds {

    private static final Logger log = LoggerFactory.getLogger(Kinds.class);
    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private final KindTable table;
    private final KindProperties defaults;
    private final Scheduler scheduler;
    private final Disposable.Swap refreshing = Disposables.swap();
    private volatile Map<String, KindPolicy> byName = Map.of();

    public Kinds(Database database, KindProperties defaults, Scheduler scheduler) {
        this.table = new KindTable(database);
        this.defaults = defaults;
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
                .doOnNext(policies -> byName =
                        policies.stream().collect(Collectors.toUnmodifiableMap(KindPolicy::name, Function.identity())))
                .then();
    }

    /** Stores the configured policies over the present ones. */
    public Mono<Void> configure(Map<String, KindProperties> kinds) {
        List<KindPolicy> policies = kinds.entrySet().stream()
                .map(kind -> kind.getValue().policyOf(kind.getKey()))
                .toList();
        return table.save(policies, true).then(refresh());
    }

    /**
     * Makes kinds that processors offer, and the configuration does not name, known with the defaults; invalid names
     * are left out.
     */
    public Mono<Void> offer(Set<String> kinds) {
        List<KindPolicy> unknown = kinds.stream()
                .filter(kind -> !byName.containsKey(kind) && KindName.isValid(kind))
                .map(defaults::policyOf)
                .toList();
        return unknown.isEmpty() ? Mono.empty() : table.save(unknown, false).then(refresh());
    }

    private static Mono<Void> failed(Exception error) {
        log.atWarn().addKeyValue("reason", error.getMessage()).log("kinds.not_refreshed");
        return Mono.empty();
    }
}
