package dev.sluice.gateway.cancel;

import dev.sluice.gateway.read.RequestLookup;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.message.RequestId;
import java.time.Clock;
import java.util.List;
import reactor.core.publisher.Mono;

/** Cancels a request: at once while it waits in the backlog, and by asking its processor while it is out. */
public final class Cancellation {

    private final Transitions transitions;
    private final RequestLookup requests;
    private final StopHints hints;
    private final Clock clock;

    public Cancellation(Transitions transitions, RequestLookup requests, StopHints hints, Clock clock) {
        this.transitions = transitions;
        this.requests = requests;
        this.hints = hints;
        this.clock = clock;
    }

    /**
     * Cancels a request of this client.
     *
     * @return the request, CANCELED or CANCELING; a problem {@code already-done}, {@code unknown-request} or
     *     {@code gone}
     */
    public Mono<RequestView> cancel(Client client, RequestId id) {
        return transitions
                .change(List.of(id), snapshot -> decide(client, snapshot))
                .onErrorMap(StoreUnavailableException.class, RequestLookup::unavailable)
                .map(this::hinted)
                .flatMap(changes -> requests.find(client, id).map(view -> checked(view, changes)));
    }

    private List<RequestEvent> decide(Client client, RequestSnapshot snapshot) {
        RequestState state = snapshot.state();
        if (!snapshot.client().equals(client) || state.isDone() || state == RequestState.CANCELING) {
            return List.of();
        }
        return state.isWaiting()
                ? List.of(new RequestEvent.Canceled(clock.instant(), snapshot.fence(), snapshot.ordinal()))
                : List.of(new RequestEvent.Canceling(clock.instant()));
    }

    /** Sends hints, after the commit. A sweep repeats them until the cancel has its effect. */
    private List<RequestChange> hinted(List<RequestChange> changes) {
        List<RequestId> out = changes.stream()
                .map(RequestChange::after)
                .filter(after -> after.state() == RequestState.CANCELING)
                .map(RequestSnapshot::id)
                .toList();
        if (!out.isEmpty()) {
            hints.cancel(out);
        }
        return changes;
    }

    private static RequestView checked(RequestView view, List<RequestChange> changes) {
        RequestState state = view.snapshot().state();
        if (changes.isEmpty() && state.isDone()) {
            throw new Problem(ProblemType.ALREADY_DONE, "The request is " + state)
                    .about(view.snapshot().id().toString())
                    .toException();
        }
        return view;
    }
}
