package dev.sluice.gateway.live;

import dev.sluice.gateway.control.Announcements;
import dev.sluice.gateway.control.Cancels;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.RequestStore;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.request.StoreUnavailableException;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.message.Announcement;
import dev.sluice.message.RequestId;
import java.time.Clock;
import java.util.List;
import reactor.core.publisher.Mono;

/** Cancels a request: at once where it waits here, by asking its processor where it is out. */
public final class Cancellation {

    private final RequestStore store;
    private final Requests requests;
    private final Announcements announcements;
    private final Cancels cancels;
    private final Clock clock;

    public Cancellation(
            RequestStore store, Requests requests, Announcements announcements, Cancels cancels, Clock clock) {
        this.store = store;
        this.requests = requests;
        this.announcements = announcements;
        this.cancels = cancels;
        this.clock = clock;
    }

    /**
     * Cancels a request of this client.
     *
     * @return the request, CANCELED or CANCELING; a problem {@code already-done}, {@code unknown-request} or {@code gone}
     */
    Mono<RequestView> cancel(String client, RequestId id) {
        return store.change(List.of(id), snapshot -> decide(client, snapshot))
                .onErrorMap(StoreUnavailableException.class, Requests::unavailable)
                .map(this::told)
                .flatMap(changes -> requests.find(client, id).map(view -> checked(view, changes)));
    }

    private List<RequestEvent> decide(String client, RequestSnapshot snapshot) {
        RequestState state = snapshot.state();
        if (!snapshot.client().equals(client) || state.isDone() || state == RequestState.CANCELING) {
            return List.of();
        }
        return state.isWaiting()
                ? List.of(new RequestEvent.Canceled(clock.instant(), snapshot.fence(), snapshot.ordinal()))
                : List.of(new RequestEvent.Canceling(clock.instant()));
    }

    /** Hints, after the commit: the journal repeats the cancel until it has its effect. */
    private List<RequestChange> told(List<RequestChange> changes) {
        announcements.changed(changes.stream().map(Cancellation::change).toList(), freed(changes));
        List<RequestId> out = changes.stream()
                .map(RequestChange::after)
                .filter(after -> after.state() == RequestState.CANCELING)
                .map(RequestSnapshot::id)
                .toList();
        if (!out.isEmpty()) {
            cancels.cancel(out);
        }
        return changes;
    }

    private static Announcement.Change change(RequestChange change) {
        RequestSnapshot after = change.after();
        return new Announcement.Change(after.id(), after.seq(), after.state().code());
    }

    private static List<Announcement.Freed> freed(List<RequestChange> changes) {
        return changes.stream()
                .filter(RequestChange::frees)
                .map(change -> new Announcement.Freed(change.after().kind(), 1))
                .toList();
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
