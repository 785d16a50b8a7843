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
 * The known processors: a copy of their rows in Postgres. {@link Presence} renews it every two seconds. Thread-safe.
 */
public final class Processors {

    /** A processor that was silent for so long does not come back: each start has a new id. */
    private static final Duration FORGET_AFTER = Duration.ofHours(1);

    private final ProcessorTable heartbeats;
    private final ProcessorTable table;
    private volatile Map<UUID, KnownProcessor> byId = Map.of();

    /** @param journal by which heartbeats are written, apart from the renewal of our own row */
    public Processors(Database journal, Database database) {
        heartbeats = new ProcessorTable(journal);
        table = new ProcessorTable(database);
    }

    /** Stores a heartbeat. */
    public Mono<Void> heard(Heartbeat heartbeat) {
        boolean isNew = !byId.containsKey(heartbeat.processor());
        return heartbeats.save(heartbeat).then(isNew ? refresh() : Mono.empty());
    }

    /** Reads the processors from Postgres now. */
    public Mono<Void> refresh() {
        return table.all()
                .doOnNext(all -> byId =
                        all.stream().collect(Collectors.toUnmodifiableMap(KnownProcessor::id, Function.identity())))
                .then();
    }

    /** Forgets processors that have been silent for an hour. */
    public Mono<Void> forget() {
        return table.forget(FORGET_AFTER);
    }

    public Collection<KnownProcessor> all() {
        return byId.values();
    }

    public Optional<KnownProcessor> find(UUID processor) {
        return Optional.ofNullable(byId.get(processor));
    }

    /** The longest lease of all known processors: after so long every silence has been noticed. */
    public Duration longestLease() {
        return all().stream()
                .map(KnownProcessor::lease)
                .max(Comparator.naturalOrder())
                .orElse(KnownProcessor.MIN_LEASE);
    }

    /** Whether this processor may still run the requests that it holds; false for one that was never heard. */
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

    /** The smallest of the bounds that living processors have for the requests in an envelope of a kind. */
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
