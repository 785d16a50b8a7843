package dev.sluice.gateway.presence;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * The gateways that live, as this gateway saw them when it renewed its own row last, and this gateway's share of the
 * work that they divide among themselves. It always counts itself. Until the next renewal it does not know of a gateway
 * that has just started. A gateway that lives and does not reach the broker has no share. Thread-safe.
 */
public final class LivingGateways {

    /** A dead gateway is noticed at the first renewal of others after its lease. */
    private static final Duration NOTICED = Presence.LEASE.plus(Presence.INTERVAL);

    private final UUID own;
    private final LongSupplier nanoTime;
    private final Sinks.Many<Set<UUID>> changes = Sinks.many().multicast().directBestEffort();
    private volatile Seen seen;
    private volatile @Nullable Long seenNanos;

    /**
     * The gateways at one moment.
     *
     * @param connected those that reach the broker
     */
    private record Seen(Set<UUID> all, Set<UUID> connected) {}

    /** A gateway, this one included, and whether it reaches the broker. */
    record Gateway(UUID id, boolean connected) {}

    /** @param nanoTime monotonic, as {@link System#nanoTime} */
    public LivingGateways(UUID own, LongSupplier nanoTime) {
        this.own = own;
        this.nanoTime = nanoTime;
        seen = new Seen(Set.of(own), Set.of(own));
    }

    /** Whether there are others than this one. */
    public boolean hasOthers() {
        return seen.all.size() > 1;
    }

    /** Whether this gateway has a share at all. */
    public boolean takesPart() {
        Seen now = seen;
        return !isLate() && (now.all.size() == 1 || now.connected.contains(own));
    }

    /**
     * The gateways that have a share, each time that these change, or this one is not late any more. Hot; the newest
     * only for a slow listener.
     */
    public Flux<Set<UUID>> changes() {
        return changes.asFlux().onBackpressureLatest();
    }

    /**
     * This gateway's share of these keys: another gateway that knows the same keys and gateways has another share, and
     * all shares together are the keys. There is none for a gateway that could not renew its row for so long that all
     * others count it as dead; also where it knew of no other, because one may have come since. There is none for one
     * that does not reach the broker while others live. A gateway that lives alone has all.
     */
    public Set<String> share(Collection<String> keys) {
        Seen now = seen;
        if (isLate()) {
            return Set.of();
        }
        if (now.all.size() == 1) {
            return Set.copyOf(keys);
        }
        return Rendezvous.share(Set.copyOf(keys), now.connected).entrySet().stream()
                .filter(owner -> owner.getValue().equals(own))
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    void seen(Collection<Gateway> living) {
        boolean wasLate = isLate();
        Set<UUID> before = seen.connected;
        seen = new Seen(
                Stream.concat(Stream.of(own), living.stream().map(Gateway::id)).collect(Collectors.toUnmodifiableSet()),
                living.stream().filter(Gateway::connected).map(Gateway::id).collect(Collectors.toUnmodifiableSet()));
        seenNanos = nanoTime.getAsLong(); // last: what it saw before is too old
        if (wasLate || !seen.connected.equals(before)) {
            changes.tryEmitNext(seen.connected);
        }
    }

    private boolean isLate() {
        Long seen = seenNanos;
        return seen != null && nanoTime.getAsLong() - seen > NOTICED.toNanos();
    }
}
