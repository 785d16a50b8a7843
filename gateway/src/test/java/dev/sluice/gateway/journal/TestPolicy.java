package dev.sluice.gateway.journal;

import static dev.sluice.gateway.journal.TestReports.KIND;
import static dev.sluice.gateway.journal.TestReports.NOW;
import static dev.sluice.gateway.journal.TestReports.PROCESSOR;

import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.message.Fence;
import dev.sluice.message.Report;

/** The policy of one kind, at one moment; a test states only what matters to it. */
final class TestPolicy {

    boolean brokerWasLost;
    double jitter = 1.0;

    /** What it makes of a report; an event without effect where it makes nothing of it. */
    RequestEvent decide(RequestSnapshot snapshot, Report report) {
        RequestEvent event = new Policy(KIND, NOW, brokerWasLost, () -> jitter).decide(snapshot, PROCESSOR, report);
        return event == null ? new RequestEvent.Accepted(NOW) : event;
    }

    RequestSnapshot decided(RequestSnapshot snapshot, Report report) {
        return snapshot.after(decide(snapshot, report));
    }

    /** After its processor died with it: the next delivery says so. */
    RequestSnapshot crashed(RequestSnapshot running) {
        Fence next = new Fence(running.fence().dispatch(), running.fence().delivery() + 1);
        return decided(running, new Report.Released(running.id(), next, 1, NOW, true));
    }
}
