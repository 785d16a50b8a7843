package dev.sluice.gateway.cancel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.bench.GatewayBench;
import dev.sluice.gateway.bench.TestGateway;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemType;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class CancellationIT {

    private final GatewayBench bench = GatewayBench.open();
    private final TestGateway gateway = bench.gateway();
    private final Cancellation cancellation = gateway.part(Cancellation.class);

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void asksToTryAgainWhereItLostFiveRacesInARow() {
        NewRequest request = GatewayBench.waiting(1).getFirst();
        gateway.insert(List.of(request));
        bench.loseRaces(5);

        StepVerifier.create(cancellation.cancel(GatewayBench.CLIENT, request.id()))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                ProblemException.class,
                                refused ->
                                        assertThat(refused.problem().type()).isEqualTo(ProblemType.STORE_UNAVAILABLE)))
                .verify(GatewayBench.SOON);
        assertThat(gateway.snapshot(request.id()).state()).isEqualTo(RequestState.ACCEPTED);

        assertThat(GatewayBench.value(cancellation.cancel(GatewayBench.CLIENT, request.id()))
                        .snapshot()
                        .state())
                .isEqualTo(RequestState.CANCELED);
    }

    /** It is as done as a request that a processor ended: the law of conservation needs it. */
    @Test
    void countsWhatItEnds() {
        NewRequest request = GatewayBench.waiting(1).getFirst();
        gateway.insert(List.of(request));

        GatewayBench.await(cancellation.cancel(GatewayBench.CLIENT, request.id()));

        assertThat(gateway.part(MeterRegistry.class)
                        .counter("sluice.requests.done", "kind", GatewayBench.KIND, "state", "canceled")
                        .count())
                .isEqualTo(1);
    }
}
