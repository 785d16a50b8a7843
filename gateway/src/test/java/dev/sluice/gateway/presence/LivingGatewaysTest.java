package dev.sluice.gateway.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LivingGatewaysTest {

    private static final UUID OWN = new UUID(1, 1);
    private static final UUID OTHER = new UUID(2, 2);
    private static final Set<String> KEYS =
            IntStream.range(0, 16).mapToObj(number -> "kind-" + number).collect(Collectors.toSet());

    private static final List<LivingGateways.Gateway> BOTH = List.of(gateway(OWN, true), gateway(OTHER, true));

    private final AtomicLong nanos = new AtomicLong();
    private final LivingGateways gateways = new LivingGateways(OWN, nanos::get);

    @Test
    void hasTheWholeShareWhileItLivesAlone() {
        assertThat(gateways.share(KEYS)).isEqualTo(KEYS);
    }

    @Test
    void hasTheShareThatTheOtherLeaves() {
        LivingGateways other = new LivingGateways(OTHER, nanos::get);
        gateways.seen(BOTH);
        other.seen(BOTH);

        assertThat(gateways.share(KEYS)).hasSize(8).doesNotContainAnyElementsOf(other.share(KEYS));
    }

    @Test
    void hasNoShareOnceTheOthersCountItAsDead() {
        gateways.seen(BOTH);

        nanos.addAndGet(Presence.LEASE.multipliedBy(2).toNanos());

        assertThat(gateways.share(KEYS)).isEmpty();
    }

    /** Another one may have come, which it cannot see. */
    @Test
    void hasNoShareWhileItIsLateAndKnewOfNoOther() {
        gateways.seen(List.of(gateway(OWN, true)));

        nanos.addAndGet(Presence.LEASE.multipliedBy(2).toNanos());
        assertThat(gateways.share(KEYS)).isEmpty();
        assertThat(gateways.takesPart()).isFalse();

        gateways.seen(List.of(gateway(OWN, true)));
        assertThat(gateways.share(KEYS)).isEqualTo(KEYS);
    }

    @Test
    void hasTheWholeShareWhileTheOtherDoesNotReachTheBroker() {
        gateways.seen(List.of(gateway(OWN, true), gateway(OTHER, false)));

        assertThat(gateways.share(KEYS)).isEqualTo(KEYS);
        assertThat(gateways.hasOthers()).isTrue();
    }

    @Test
    void hasNoShareWhileItDoesNotReachTheBroker() {
        gateways.seen(List.of(gateway(OWN, false), gateway(OTHER, true)));

        assertThat(gateways.share(KEYS)).isEmpty();
        assertThat(gateways.takesPart()).isFalse();
    }

    @Test
    void tellsEachChangeOnce() {
        List<Set<UUID>> told = new ArrayList<>();
        gateways.changes().subscribe(told::add);

        gateways.seen(List.of(gateway(OWN, true)));
        gateways.seen(BOTH);
        gateways.seen(BOTH);
        gateways.seen(List.of(gateway(OWN, true)));

        assertThat(told).containsExactly(Set.of(OWN, OTHER), Set.of(OWN));
    }

    /** Its share is back, and nothing else tells so. */
    @Test
    void tellsThatItIsNotLateAnyMore() {
        gateways.seen(BOTH);
        List<Set<UUID>> told = new ArrayList<>();
        gateways.changes().subscribe(told::add);

        nanos.addAndGet(Presence.LEASE.multipliedBy(2).toNanos());
        gateways.seen(BOTH);

        assertThat(told).containsExactly(Set.of(OWN, OTHER));
    }

    private static LivingGateways.Gateway gateway(UUID id, boolean connected) {
        return new LivingGateways.Gateway(id, connected);
    }
}
