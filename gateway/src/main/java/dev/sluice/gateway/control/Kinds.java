package dev.sluice.gateway.control;

import dev.sluice.gateway.request.Database;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/**
 * The kinds of work there are, and their policies: a copy of what Postgres says, renewed by {@link Presence} every two seconds.
 *
 * <p>A kind comes to exist by configuration, which wins at each start, or because a processor offers it. Thread-safe.
 */
public final class Kinds {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    private final KindTable table;
    private final KindProperties defaults;
    private volatile Map<String, KindPolicy> byName = Map.of();

    public Kinds(Database database, KindProperties defaults) {
        this.table = new KindTable(database);
        this.defaults = defaults;
    }

    /** The policy of a kind, if there is such a kind. Never blocks. */
    public Optional<KindPolicy> find(String kind) {
        return Optional.ofNullable(byName.get(kind));
    }

    public Collection<KindPolicy> all() {
        return byName.values();
    }

    /** Looks what Postgres says now. */
    public Mono<Void> refresh() {
        return table.all()
                .doOnNext(policies -> byName =
                        policies.stream().collect(Collectors.toUnmodifiableMap(KindPolicy::name, Function.identity())))
                .then();
    }

    /** Stores what is configured, over what is there. */
    public Mono<Void> configure(Map<String, KindProperties> kinds) {
        List<KindPolicy> policies = kinds.entrySet().stream()
                .map(kind -> kind.getValue().policyOf(kind.getKey()))
                .toList();
        return table.save(policies, true).then(refresh());
    }

    /** Makes kinds that a processor can run, and nobody configured, known with the defaults; what is no name of a kind is left out. */
    public Mono<Void> offer(Set<String> kinds) {
        List<KindPolicy> unknown = kinds.stream()
                .filter(kind -> !byName.containsKey(kind) && isName(kind))
                .map(defaults::policyOf)
                .toList();
        return unknown.isEmpty() ? Mono.empty() : table.save(unknown, false).then(refresh());
    }

    /** Whether a kind may be called so. */
    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }
}
