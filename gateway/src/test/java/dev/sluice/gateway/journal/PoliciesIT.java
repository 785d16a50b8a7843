package dev.sluice.gateway.journal;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.message.StatusMessage.Heartbeat;
import dev.sluice.message.StatusMessage.KindOffer;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PoliciesIT {

    private final GatewayTestkit testkit = GatewayTestkit.open();
    private final TestGateway gateway = testkit.gateway();
    private final Policies policies =
            new Policies(gateway.kinds(), gateway.processors(), () -> false, Clock.systemUTC());

    @AfterEach
    void close() {
        testkit.close();
    }

    /** Else each deployment of the large processor would fail its work for good. */
    @Test
    void countsALargeProcessorWhileItStops() {
        hear(4, false);
        hear(16, true);

        Policy policy = policies.of(KIND).orElseThrow();

        assertThat(policy.largestTokens().get()).hasValue(16);
    }

    @Test
    void knowsNoTokensWithoutProcessors() {
        assertThat(policies.of(KIND).orElseThrow().largestTokens().get()).isEmpty();
    }

    @Test
    void callsAProcessorSilentThatIsNotHeard() {
        UUID heard = hear(4, false);

        Policy policy = policies.of(KIND).orElseThrow();

        assertThat(policy.isSilent()).rejects(heard).accepts(UUID.randomUUID());
    }

    private UUID hear(int tokens, boolean stopping) {
        UUID id = UUID.randomUUID();
        Instant now = Instant.now();
        List<KindOffer> kinds = List.of(new KindOffer(KIND, tokens, 1));
        GatewayTestkit.await(gateway.processors()
                .heard(new Heartbeat(id, "test", "1", now, now, 1, 5_000, tokens, 0, stopping, kinds, List.of())));
        return id;
    }
}
