package dev.sluice.gateway.cancel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemType;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class CancellationIT {

    private final GatewayTestkit testkit = GatewayTestkit.open();
    private final TestGateway gateway = testkit.gateway();
    private final Cancellation cancellation = gateway.part(Cancellation.class);

    @AfterEach
    void close() {
        testkit.close();
    }

    @Test
    void asksToTryAgainWhereItLostFiveRacesInARow() {
        NewRequest request = GatewayTestkit.waiting(1).getFirst();
        gateway.insert(List.of(request));
        testkit.loseRaces(5);

        StepVerifier.create(cancellation.cancel(GatewayTestkit.CLIENT, request.id()))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                ProblemException.class,
                                refused ->
                                        assertThat(refused.problem().type()).isEqualTo(ProblemType.STORE_UNAVAILABLE)))
                .verify(GatewayTestkit.SOON);
        assertThat(gateway.snapshot(request.id()).state()).isEqualTo(RequestState.ACCEPTED);

        assertThat(GatewayTestkit.value(cancellation.cancel(GatewayTestkit.CLIENT, request.id()))
                        .snapshot()
                        .state())
                .isEqualTo(RequestState.CANCELED);
    }

    /** It is as done as a request that a processor ended: the law of conservation needs it. */
    @Test
    void countsTheRequestsThatItEnds() {
        NewRequest request = GatewayTestkit.waiting(1).getFirst();
        gateway.insert(List.of(request));

        GatewayTestkit.await(cancellation.cancel(GatewayTestkit.CLIENT, request.id()));

        assertThat(gateway.part(MeterRegistry.class)
                        .counter("sluice.requests.done", "kind", GatewayTestkit.KIND, "state", "canceled")
                        .count())
                .isEqualTo(1);
    }
}
