package dev.sluice.gateway.request;

import static dev.sluice.gateway.request.RequestState.ACCEPTED;
import static dev.sluice.gateway.request.RequestState.CANCELED;
import static dev.sluice.gateway.request.RequestState.CANCELING;
import static dev.sluice.gateway.request.RequestState.FAILED;
import static dev.sluice.gateway.request.RequestState.QUEUED;
import static dev.sluice.gateway.request.RequestState.RETRYING;
import static dev.sluice.gateway.request.RequestState.RUNNING;
import static dev.sluice.gateway.request.RequestState.SUCCEEDED;

import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The latest state of a request, as far as transitions are decided from it.
 *
 * @param fence the newest run that is known
 * @param ordinal the newest report of that run
 * @param seq of the newest event
 * @param attempt counted tries so far, including the one that runs
 * @param crashes runs that ended with their processor dead while nothing else ran there
 * @param alone whether the request runs, or must run next, with nothing else in its processor
 * @param processor the processor that runs it, while it runs
 * @param expiresAt until when the request and its outcome are kept
 */
public record RequestSnapshot(
        RequestId id,
        Client client,
        String kind,
        RequestState state,
        Fence fence,
        int ordinal,
        int seq,
        int attempt,
        int maxAttempts,
        int crashes,
        boolean alone,
        @Nullable UUID processor,
        Instant expiresAt) {

    /**
     * The snapshot after {@code event}; this snapshot itself where the event is no transition of this state. Pure, and
     * total over state and event. Stale reports make no event: their fence was compared before.
     */
    public RequestSnapshot after(RequestEvent event) {
        return switch (event) {
            case RequestEvent.Accepted _ -> this;
            case RequestEvent.Queued queued -> state.isWaiting() ? queued(queued.dispatch()) : this;
            case RequestEvent.Started started -> state.isDispatched() ? started(started) : this;
            case RequestEvent.Progress progress ->
                state.isDispatched() ? ran(running(), progress.fence(), progress.ordinal()) : this;
            case RequestEvent.Output output ->
                state.isDispatched() ? ran(running(), output.fence(), output.ordinal()) : this;
            case RequestEvent.Retrying retrying -> canEndRun() ? retrying(retrying) : this;
            case RequestEvent.Returned returned -> canEndRun() ? returned(returned) : this;
            case RequestEvent.Failed failed -> canEndRun() ? ran(FAILED, failed.fence(), failed.ordinal()) : this;
            case RequestEvent.Succeeded succeeded ->
                state.isDispatched() ? ran(SUCCEEDED, succeeded.fence(), succeeded.ordinal()) : this;
            case RequestEvent.Canceling _ ->
                canEndRun() ? with(CANCELING, fence, ordinal, attempt, crashes, alone, processor) : this;
            case RequestEvent.Canceled canceled ->
                state == CANCELING || state.isWaiting()
                        ? with(CANCELED, canceled.fence(), canceled.ordinal(), attempt, crashes, alone, null)
                        : this;
        };
    }

    /**
     * Whether a run is out that may end in any way. While a request is CANCELING, it ends SUCCEEDED or CANCELED only.
     */
    private boolean canEndRun() {
        return state == QUEUED || state == RUNNING;
    }

    /** The state after a report of a run. A cancel that came before the report still stands. */
    private RequestState running() {
        return state == CANCELING ? CANCELING : RUNNING;
    }

    private RequestSnapshot queued(int dispatch) {
        return with(QUEUED, new Fence(dispatch, 0), 0, attempt, crashes, alone, null);
    }

    private RequestSnapshot started(RequestEvent.Started event) {
        return with(
                running(), event.fence(), event.ordinal(), attemptCounted(), crashes, event.alone(), event.processor());
    }

    private RequestSnapshot ran(RequestState next, Fence newFence, int newOrdinal) {
        return with(next, newFence, newOrdinal, attemptCounted(), crashes, alone, next.isDone() ? null : processor);
    }

    private RequestSnapshot retrying(RequestEvent.Retrying event) {
        int attempts = event.counted() ? attemptCounted() : attemptTakenBack();
        return with(RETRYING, event.fence(), event.ordinal(), attempts, 0, false, null);
    }

    private RequestSnapshot returned(RequestEvent.Returned event) {
        boolean crashed = event.reason() == Reason.CRASHED;
        int crashesNow = crashed && alone ? crashes + 1 : crashes;
        return with(
                ACCEPTED,
                event.fence(),
                event.ordinal(),
                attemptTakenBack(),
                crashesNow,
                crashed || mustStayAlone(),
                null);
    }

    /** The first report of a run counts its attempt; {@code ordinal} is 0 until then. */
    private int attemptCounted() {
        return ordinal == 0 ? attempt + 1 : attempt;
    }

    private int attemptTakenBack() {
        return ordinal == 0 ? attempt : attempt - 1;
    }

    /**
     * Whether the next run must be alone: the request crashed before, or this run was to be alone and never started.
     */
    private boolean mustStayAlone() {
        return crashes > 0 || (alone && state == QUEUED);
    }

    private RequestSnapshot with(
            RequestState nextState,
            Fence nextFence,
            int nextOrdinal,
            int nextAttempt,
            int nextCrashes,
            boolean nextAlone,
            @Nullable UUID nextProcessor) {
        return new RequestSnapshot(
                id,
                client,
                kind,
                nextState,
                nextFence,
                nextOrdinal,
                seq + 1,
                nextAttempt,
                maxAttempts,
                nextCrashes,
                nextAlone,
                nextProcessor,
                expiresAt);
    }
}
