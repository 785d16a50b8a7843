package dev.sluice.gateway.transition;

import dev.sluice.gateway.request.Poison;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import java.time.Instant;
import java.util.List;

/** Makes events from evidence that a run is lost. Pure. */
final class TakeBack {

    /**
     * The events that end the run; none if the request has gone on since. The fence rises, so that later reports of the
     * lost run count for nothing.
     */
    static List<RequestEvent> events(RequestSnapshot snapshot, LostRun run, Instant now) {
        if (!snapshot.fence().equals(run.fence()) || !snapshot.state().isDispatched()) {
            return List.of();
        }
        if (run.evidence().isOfMessage() && snapshot.processor() != null) {
            return List.of();
        }
        Fence next = new Fence(run.fence().dispatch(), run.fence().delivery() + 1);
        if (snapshot.state() == RequestState.CANCELING) {
            return List.of(new RequestEvent.Canceled(now, next, 0));
        }
        boolean crashed = isCrash(run.evidence(), snapshot.state());
        if (crashed && Poison.isReachedBy(snapshot)) {
            return List.of(new RequestEvent.Failed(now, next, 0, FailureClass.PERMANENT, Poison.failure()));
        }
        Reason reason = crashed ? Reason.CRASHED : Reason.LOST;
        return List.of(new RequestEvent.Returned(now, next, 0, reason, now.plus(run.pause())));
    }

    /** A processor that died before it could say anything died of what it received. */
    private static boolean isCrash(LostRun.Evidence evidence, RequestState state) {
        return switch (evidence) {
            case GIVEN_UP -> true;
            case CRASHED -> state == RequestState.RUNNING;
            case UNPUBLISHED, REFUSED, LOST -> false;
        };
    }

    private TakeBack() {}
}
