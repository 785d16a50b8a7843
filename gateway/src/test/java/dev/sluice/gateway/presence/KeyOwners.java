package dev.sluice.gateway.presence;

import java.util.Set;
import java.util.UUID;

/** Tells to which of some gateways a key falls, before any of them lives. */
public final class KeyOwners {

    public static UUID ownerOf(String key, UUID... gateways) {
        return Rendezvous.share(Set.of(key), Set.of(gateways))
                .values()
                .iterator()
                .next();
    }

    private KeyOwners() {}
}
