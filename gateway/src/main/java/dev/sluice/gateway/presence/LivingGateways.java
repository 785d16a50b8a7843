package dev.sluice.gateway.presence;

import java.util.Collection;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The gateways that live, as this gateway saw them when it renewed its own row last. It always counts itself. Until the
 * next renewal it does not know of a gateway that has just started. Thread-safe.
 */
public final class LivingGateways {

    private final UUID own;
    private volatile Set<UUID> ids;

    public LivingGateways(UUID own) {
        this.own = own;
        ids = Set.of(own);
    }

    /** All of them, this one included. */
    public Set<UUID> ids() {
        return ids;
    }

    /** Whether there are others than this one. */
    public boolean hasOthers() {
        return ids.size() > 1;
    }

    void seen(Collection<UUID> living) {
        ids = Stream.concat(Stream.of(own), living.stream()).collect(Collectors.toUnmodifiableSet());
    }
}
