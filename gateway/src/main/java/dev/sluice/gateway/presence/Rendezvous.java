package dev.sluice.gateway.presence;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Shares keys out over gateways by rendezvous: each pair of a key and a gateway has a weight, and the heaviest pairs
 * come first. All gateways that know the same keys and gateways come to the same result. Pure.
 *
 * <p>A gateway takes no more than its part, so the parts differ by one key at most. When a gateway comes or goes, its
 * own part moves, and a few keys that had found their heaviest gateway full.
 */
final class Rendezvous {

    private static final long FNV_BASIS = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private record Pair(String key, UUID gateway, long weight) {}

    private static final Comparator<Pair> HEAVIEST_FIRST = Comparator.comparingLong(Pair::weight)
            .reversed()
            .thenComparing(Pair::key)
            .thenComparing(Pair::gateway);

    /** The gateway of each key; none without gateways. */
    static Map<String, UUID> share(Set<String> keys, Set<UUID> gateways) {
        if (gateways.isEmpty()) {
            return Map.of();
        }
        Map<String, UUID> shared = HashMap.newHashMap(keys.size());
        Map<UUID, Integer> taken = HashMap.newHashMap(gateways.size());
        int part = keys.size() / gateways.size();
        int largerParts = keys.size() % gateways.size();
        for (Pair pair : pairs(keys, gateways)) {
            int count = taken.getOrDefault(pair.gateway, 0);
            if (shared.containsKey(pair.key) || count > part || (count == part && largerParts == 0)) {
                continue;
            }
            largerParts -= count == part ? 1 : 0;
            taken.put(pair.gateway, count + 1);
            shared.put(pair.key, pair.gateway);
        }
        return shared;
    }

    private static List<Pair> pairs(Collection<String> keys, Collection<UUID> gateways) {
        List<Pair> pairs = new ArrayList<>(keys.size() * gateways.size());
        for (String key : keys) {
            long hash = hash(key);
            for (UUID gateway : gateways) {
                pairs.add(new Pair(key, gateway, weight(hash, gateway)));
            }
        }
        pairs.sort(HEAVIEST_FIRST);
        return pairs;
    }

    private static long weight(long key, UUID gateway) {
        return mixed(mixed(key ^ gateway.getMostSignificantBits()) ^ gateway.getLeastSignificantBits());
    }

    private static long hash(String key) {
        long hash = FNV_BASIS;
        for (int i = 0; i < key.length(); i++) {
            hash = (hash ^ key.charAt(i)) * FNV_PRIME;
        }
        return hash;
    }

    /** Each bit of the result depends on all bits of the value: the last step of MurmurHash3. */
    private static long mixed(long value) {
        long bits = value;
        bits = (bits ^ (bits >>> 33)) * 0xff51afd7ed558ccdL;
        bits = (bits ^ (bits >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return bits ^ (bits >>> 33);
    }

    private Rendezvous() {}
}
