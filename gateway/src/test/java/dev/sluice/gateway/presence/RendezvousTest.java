package dev.sluice.gateway.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RendezvousTest {

    private static final int SEEDS = 100;

    @Test
    void givesEachGatewayAsManyKeysAsTheOthersOrOneMore() {
        for (int keys : List.of(1, 4, 16, 200)) {
            for (int count = 1; count <= 5; count++) {
                Set<UUID> gateways = gateways(keys, count);

                List<Long> parts = parts(Rendezvous.share(keys(keys), gateways), gateways);

                assertThat(Collections.max(parts) - Collections.min(parts))
                        .as("%d keys, %d gateways: %s", keys, count, parts)
                        .isLessThanOrEqualTo(1);
                assertThat(parts.stream().mapToLong(Long::longValue).sum()).isEqualTo(keys);
            }
        }
    }

    /** The newcomer's part must move. Some more do, because no gateway has more than its part. */
    @Test
    void movesLittleMoreThanThePartOfAGatewayThatComesOrGoes() {
        long moved = 0;
        long must = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            Set<UUID> four = gateways(seed, 4);
            UUID newcomer = four.iterator().next();
            Set<UUID> three =
                    four.stream().filter(each -> !each.equals(newcomer)).collect(Collectors.toSet());
            Map<String, UUID> before = Rendezvous.share(keys(200), three);
            Map<String, UUID> after = Rendezvous.share(keys(200), four);

            moved += after.keySet().stream()
                    .filter(key -> !before.get(key).equals(after.get(key)))
                    .count();
            must += after.values().stream().filter(newcomer::equals).count();
        }

        assertThat((double) moved / must).isBetween(1.0, 1.4);
    }

    @Test
    void comesToTheSameResultInAnyOrder() {
        Set<UUID> gateways = gateways(7, 3);

        Map<String, UUID> one = Rendezvous.share(new LinkedHashSet<>(reversed(keys(20))), gateways);
        Map<String, UUID> other = Rendezvous.share(keys(20), new LinkedHashSet<>(reversed(gateways)));

        assertThat(one).isEqualTo(other);
    }

    @Test
    void favoursNoGatewayOverManyKeySets() {
        Set<UUID> gateways = gateways(3, 2);
        long first = IntStream.range(0, 1_000)
                .filter(number -> Rendezvous.share(Set.of("kind-" + number), gateways)
                        .containsValue(gateways.iterator().next()))
                .count();

        assertThat(first).isBetween(400L, 600L);
    }

    @Test
    void givesNothingAwayWithoutGateways() {
        assertThat(Rendezvous.share(keys(3), Set.of())).isEmpty();
    }

    private static List<Long> parts(Map<String, UUID> shared, Set<UUID> gateways) {
        return gateways.stream()
                .map(gateway -> shared.values().stream().filter(gateway::equals).count())
                .toList();
    }

    private static <T> List<T> reversed(Set<T> set) {
        return List.copyOf(set).reversed();
    }

    private static Set<String> keys(int count) {
        return IntStream.range(0, count).mapToObj(number -> "kind-" + number).collect(Collectors.toSet());
    }

    private static Set<UUID> gateways(long seed, int count) {
        Random random = new Random(seed);
        return IntStream.range(0, count)
                .mapToObj(_ -> new UUID(random.nextLong(), random.nextLong()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
