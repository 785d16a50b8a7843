package dev.sluice.gateway.journal;

import static dev.sluice.gateway.journal.TestReports.KIND;
import static dev.sluice.gateway.journal.TestReports.NOW;
import static dev.sluice.gateway.journal.TestReports.OTHER_PROCESSOR;
import static dev.sluice.gateway.journal.TestReports.PROCESSOR;

import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.message.Fence;
import dev.sluice.message.Report;
import dev.sluice.message.Report.Released.Cause;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.UUID;

/** The policy of one kind, at one moment; a test states only the values that matter to it. */
final class TestPolicy {

    Instant now = NOW;
    boolean brokerWasLost;
    boolean silent = true;
    OptionalInt largestTokens = OptionalInt.of(16);
    double jitter = 1.0;

    /** The event that the policy makes of it; an event without effect if the report changes nothing. */
    RequestEvent decide(RequestSnapshot snapshot, Report report) {
        return decide(snapshot, PROCESSOR, report);
    }

    RequestEvent decide(RequestSnapshot snapshot, UUID processor, Report report) {
        RequestEvent event = new Policy(KIND, now, brokerWasLost, () -> largestTokens, _ -> silent, () -> jitter)
                .decide(snapshot, processor, report);
        return event == null ? new RequestEvent.Accepted(NOW) : event;
    }

    RequestSnapshot decided(RequestSnapshot snapshot, Report report) {
        return snapshot.after(decide(snapshot, report));
    }

    /** After another processor got its message: the one that ran it has died, or lost its connection. */
    RequestSnapshot redelivered(RequestSnapshot running) {
        return releasedByAnother(running, Cause.REDELIVERED);
    }

    /** The same, of a run that may have let go of its message. */
    RequestSnapshot redeliveredThoughLong(RequestSnapshot running) {
        return releasedByAnother(running, Cause.MAY_RUN_ELSEWHERE);
    }

    private RequestSnapshot releasedByAnother(RequestSnapshot running, Cause cause) {
        Fence next = new Fence(running.fence().dispatch(), running.fence().delivery() + 1);
        Report released = new TestReports(running.id()).released(next, 1, cause);
        return running.after(decide(running, OTHER_PROCESSOR, released));
    }
}
