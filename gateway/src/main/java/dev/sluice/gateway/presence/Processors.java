package dev.sluice.gateway.presence;

import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.KindOffer;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/**
 * The processors there are: a copy of what Postgres says, renewed by {@link Presence} every two seconds, so at most
 * that much stale. Thread-safe.
 */
public final class Processors {

    /** A processor that was silent for so long does not come back: each start has a new id. */
    private static final Duration FORGET_AFTER = Duration.ofHours(1);

    private final ProcessorTable table;
    private volatile Map<UUID, KnownProcessor> byId = Map.of();

    public Processors(Database database) {
        this.table = new ProcessorTable(database);
    }

    /** Stores what a heartbeat says. */
    public Mono<Void> heard(Heartbeat heartbeat) {
        boolean isNew = !byId.containsKey(heartbeat.processor());
        return table.save(heartbeat).then(isNew ? refresh() : Mono.empty());
    }

    /** Looks what Postgres says now. */
    public Mono<Void> refresh() {
        return table.all()
                .doOnNext(all -> byId =
                        all.stream().collect(Collectors.toUnmodifiableMap(KnownProcessor::id, Function.identity())))
                .then();
    }

    /** Forgets those that are long gone. */
    public Mono<Void> forget() {
        return table.forget(FORGET_AFTER);
    }

    public Collection<KnownProcessor> all() {
        return byId.values();
    }

    public Optional<KnownProcessor> find(UUID processor) {
        return Optional.ofNullable(byId.get(processor));
    }

    /** The longest lease of all processors that are known: after so long each silence is noticed. */
    public Duration longestLease() {
        return all().stream()
                .map(KnownProcessor::lease)
                .max(Comparator.naturalOrder())
                .orElse(KnownProcessor.MIN_LEASE);
    }

    /** Whether this processor may still run what it holds; false for one that was never heard. */
    public boolean lives(UUID processor) {
        KnownProcessor known = byId.get(processor);
        return known != null && known.lives();
    }

    /** Living processors that run a kind. */
    public int count(String kind) {
        return (int) offers(kind).count();
    }

    /** The most processing tokens that one request of a kind can get. */
    public OptionalInt largestTokens(String kind) {
        return offers(kind).mapToInt(KindOffer::tokens).max();
    }

    /** The fewest processing tokens that a living processor has for a kind. */
    public OptionalInt smallestTokens(String kind) {
        return offers(kind).mapToInt(KindOffer::tokens).min();
    }

    /** The smallest envelope that a living processor wants for a kind at most. */
    public OptionalInt smallestEnvelope(String kind) {
        return offers(kind).mapToInt(KindOffer::maxEnvelope).min();
    }

    private Stream<KindOffer> offers(String kind) {
        return byId.values().stream()
                .filter(processor -> processor.lives() && !processor.stopping())
                .flatMap(processor -> processor.kinds().stream())
                .filter(offer -> offer.kind().equals(kind));
    }
}
