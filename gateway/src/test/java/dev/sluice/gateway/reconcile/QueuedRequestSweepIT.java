package dev.sluice.gateway.reconcile;

import static dev.sluice.gateway.testkit.GatewayTestkit.PROCESSOR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.Fence;
import dev.sluice.message.StatusMessage.Held;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Requests that are queued, and the messages that should carry them. */
class QueuedRequestSweepIT extends HeartbeatSweepFixture {

    @Test
    void takesBackWhatIsQueuedWhileItsQueueIsEmptyAndNobodyHoldsIt() {
        queuedForLong();
        steady();

        hearBoth(1);
        check();
        hearBoth(2);
        check();
        hearBoth(3);
        check();

        assertThat(state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(snapshot().attempt()).isZero();
    }

    /** Its start may be in a message that is not written yet. */
    @Test
    void leavesWhatIsQueuedWhileItsJournalIsLate() {
        queuedForLong();
        steady();
        hearBoth(1);
        check();
        progress.received(Topology.shardOf(id.value()), message);
        hearBoth(2);
        check();
        now.addAndGet(Duration.ofSeconds(20).toNanos());

        for (int number = 3; number < 6; number++) {
            hearBoth(number);
            check();
        }
        RequestState whileLate = state();
        progress.written(Topology.shardOf(id.value()));
        for (int number = 6; number < 9; number++) {
            hearBoth(number);
            check();
        }

        assertThat(whileLate).isEqualTo(RequestState.QUEUED);
        assertThat(state()).as("nothing of it was in the late messages").isEqualTo(RequestState.ACCEPTED);
    }

    @Test
    void leavesWhatSomebodyHasReceived() {
        queuedForLong();
        steady();

        for (int number = 1; number < 6; number++) {
            hear(PROCESSOR, number);
            hear(OTHER, number, new Held(id, FIRST, false));
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void leavesWhatMayStillBeInTheQueue() {
        queuedForLong();
        fillQueue();
        steady();

        for (int number = 1; number < 6; number++) {
            hearBoth(number);
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void takesBackWhatWasOvertakenAlthoughItsQueueIsNeverEmpty() {
        queuedForLong();
        fillQueue();
        startedLater(Duration.ofSeconds(60));
        steady();

        for (int number = 1; number < 4; number++) {
            hearBoth(number);
            check();
        }

        assertThat(state()).isEqualTo(RequestState.ACCEPTED);
        assertThat(meters.counter("sluice.repairs", "evidence", "overtaken").count())
                .isEqualTo(1);
    }

    /** Messages of a lost connection return behind others that have been received since. */
    @Test
    void leavesWhatWasOvertakenByALittle() {
        queuedForLong();
        fillQueue();
        startedLater(Duration.ofSeconds(20));
        steady();

        for (int number = 1; number < 6; number++) {
            hearBoth(number);
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void leavesWhatWasOvertakenWhileItWaitsAtAProcessor() {
        queuedForLong();
        fillQueue();
        startedLater(Duration.ofSeconds(60));
        steady();

        for (int number = 1; number < 6; number++) {
            hear(PROCESSOR, number);
            hear(OTHER, number, new Held(id, FIRST, false));
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    /** Its message is back in the queue: it is not lost, others are only faster. */
    @Test
    void leavesWhatAProcessorReceivedAndReturned() {
        queuedForLong();
        fillQueue();
        startedLater(Duration.ofSeconds(60));
        steady();
        hear(PROCESSOR, 1);
        hear(OTHER, 1, new Held(id, FIRST, false));
        check();

        for (int number = 2; number < 6; number++) {
            hearBoth(number);
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void leavesWhatSomebodyHasReceivedAgain() {
        queuedForLong();
        steady();

        for (int number = 1; number < 6; number++) {
            hear(PROCESSOR, number);
            hear(OTHER, number, new Held(id, new Fence(1, 1), false));
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }

    @Test
    void leavesWhatWasQueuedJustNow() {
        gateway.insert(List.of(request));
        steady();

        for (int number = 1; number < 6; number++) {
            hearBoth(number);
            check();
        }

        assertThat(state()).isEqualTo(RequestState.QUEUED);
    }
}
