package dev.sluice.gateway.dispatch;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static dev.sluice.gateway.testkit.GatewayTestkit.value;
import static dev.sluice.gateway.testkit.GatewayTestkit.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.presence.KindLeases;
import dev.sluice.gateway.store.BacklogSizes;
import dev.sluice.gateway.store.ConservationMetrics;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.gateway.store.postgres.DatabasePools;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BacklogCountsIT {

    private final GatewayTestkit testkit = GatewayTestkit.open();
    private final TestGateway gateway = testkit.gateway();
    private final Queue<Long> moments = new ArrayDeque<>(List.of(0L));
    private final BacklogCounts counts = new BacklogCounts(
            new BacklogSizes(gateway.part(DatabasePools.class).of(ConnectionUse.DISPATCH)),
            gateway.part(RequestEvidence.class),
            gateway.part(KindLeases.class),
            gateway.part(ConservationMetrics.class),
            moments::remove);

    @AfterEach
    void close() {
        testkit.close();
    }

    @Test
    void countsRequestsThatAreOutAndThatWait() {
        gateway.insert(queued(3));
        gateway.insert(waiting(2));

        assertThat(countAt(0, 0)).hasValueSatisfying(byKind -> {
            assertThat(byKind.get(KIND).out()).isEqualTo(3);
            assertThat(byKind.get(KIND).waiting().requests()).isEqualTo(2);
        });
    }

    /** An old transaction keeps the index entries of all requests that were out, and each count passes them. */
    @Test
    void pausesTwentyTimesAsLongAsACountTookAndTenSecondsAtMost() {
        assertThat(countAt(0, 100)).isPresent();
        assertThat(countAt(2_099)).isEmpty();
        assertThat(countAt(2_100, 5_100)).isPresent();
        assertThat(countAt(15_099)).isEmpty();
        assertThat(countAt(15_100, 15_100)).isPresent();
    }

    /** The counts of all kinds; empty if none were made. */
    private Optional<Map<String, BacklogCounts.Count>> countAt(long... millis) {
        LongStream.of(millis).map(each -> each * 1_000_000).forEach(moments::add);
        return value(counts.count(Set.of(KIND)).singleOptional());
    }
}
