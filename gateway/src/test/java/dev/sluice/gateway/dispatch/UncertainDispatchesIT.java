package dev.sluice.gateway.dispatch;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UncertainDispatchesIT {

    private final GatewayTestkit testkit = GatewayTestkit.open();
    private final TestGateway gateway = testkit.gateway();
    private final AtomicLong now = new AtomicLong();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final NewRequest request = GatewayTestkit.request(true);
    private final UncertainDispatches uncertain = new UncertainDispatches(
            gateway.id(), gateway.part(RequestEvidence.class), gateway.part(Transitions.class), now::get, meters);

    @AfterEach
    void close() {
        testkit.close();
    }

    @Test
    void returnsWhatIsQueuedAndUnpublished() {
        gateway.insert(List.of(request));
        uncertain.add(KIND, List.of(request.id()));

        lookUp();

        assertThat(gateway.snapshot(request.id()).state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(gateway.snapshot(request.id()).fence()).isEqualTo(new Fence(1, 1));
        assertThat(meters.counter("sluice.repairs", "evidence", "uncertain_dispatch")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void endsACancelThatNoProcessorWillAnswer() {
        gateway.insert(List.of(request));
        testkit.execute("update request set state = 5");
        uncertain.add(KIND, List.of(request.id()));

        lookUp();

        assertThat(gateway.snapshot(request.id()).state()).isEqualTo(RequestState.CANCELED);
    }

    /** Its backend waited for a standby, or had not heard yet that its connection was cut. */
    @Test
    void returnsWhatACommitBroughtLate() {
        uncertain.add(KIND, List.of(request.id()));
        lookUp();
        pass(UncertainDispatches.LATEST_COMMIT.minusSeconds(1));
        lookUp();
        gateway.insert(List.of(request));
        pass(UncertainDispatches.PAUSE);

        lookUp();

        assertThat(gateway.snapshot(request.id()).state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(uncertain.size()).isZero();
    }

    @Test
    void looksAtMostOnceASecond() {
        uncertain.add(KIND, List.of(request.id()));
        lookUp();
        gateway.insert(List.of(request));

        pass(UncertainDispatches.PAUSE.minusMillis(1));
        lookUp();

        assertThat(gateway.snapshot(request.id()).state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void leavesWhatWasPublishedSince() {
        uncertain.add(KIND, List.of(request.id()));
        gateway.insert(List.of(request));

        uncertain.published(KIND, List.of(request.id()));
        lookUp();

        assertThat(gateway.snapshot(request.id()).state()).isEqualTo(RequestState.QUEUED);
        assertThat(uncertain.size()).isZero();
    }

    @Test
    void leavesWhatAnotherGatewayTook() {
        testkit.gateway().insert(List.of(request));
        uncertain.add(KIND, List.of(request.id()));

        lookUp();

        assertThat(gateway.snapshot(request.id()).state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void keepsWhatItCouldNotLookUp() {
        uncertain.add(KIND, List.of(request.id()));
        gateway.die();
        pass(UncertainDispatches.LATEST_COMMIT);

        lookUp();

        assertThat(uncertain.size()).isEqualTo(1);
    }

    @Test
    void keepsNoMoreThanItsBound() {
        List<RequestId> many = LongStream.rangeClosed(0, UncertainDispatches.MAX_REQUESTS)
                .mapToObj(n -> new RequestId(new UUID(0x7000L, n)))
                .toList();

        uncertain.add(KIND, many);

        assertThat(uncertain.size()).isEqualTo(UncertainDispatches.MAX_REQUESTS);
        assertThat(meters.get("sluice.dispatch.uncertain").gauge().value()).isEqualTo(UncertainDispatches.MAX_REQUESTS);
    }

    private void lookUp() {
        GatewayTestkit.await(uncertain.lookUp(KIND));
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}
