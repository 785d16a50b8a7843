package dev.sluice.gateway.journal;

import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import java.time.Instant;
import java.util.List;

/** What follows from evidence that a run is lost. Pure. */
public final class TakeBack {

    /**
     * The events that end the run {@code fence}; none if the request has gone on since. The fence rises, so that what the lost run may
     * still report counts for nothing.
     */
    public static List<RequestEvent> events(RequestSnapshot snapshot, Fence fence, Reason reason, Instant now) {
        if (!snapshot.fence().equals(fence) || !snapshot.state().isDispatched()) {
            return List.of();
        }
        Fence next = new Fence(fence.dispatch(), fence.delivery() + 1);
        if (snapshot.state() == RequestState.CANCELING) {
            return List.of(new RequestEvent.Canceled(now, next, 0));
        }
        boolean crashed = reason == Reason.CRASHED && snapshot.state() == RequestState.RUNNING;
        if (crashed && Policy.isPoison(snapshot)) {
            return List.of(new RequestEvent.Failed(now, next, 0, FailureClass.PERMANENT, Policy.poison()));
        }
        return List.of(new RequestEvent.Returned(now, next, 0, crashed ? Reason.CRASHED : Reason.LOST, now));
    }

    private TakeBack() {}
}
