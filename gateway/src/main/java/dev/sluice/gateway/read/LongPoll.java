package dev.sluice.gateway.read;

import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.message.RequestId;
import java.time.Duration;
import java.util.function.Predicate;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Waits for a request to change or to end: long polls and {@code Prefer: wait}. */
public final class LongPoll {

    private final Followers followers;
    private final RequestLookup requests;
    private final Scheduler scheduler;

    public LongPoll(Followers followers, RequestLookup requests, Scheduler scheduler) {
        this.followers = followers;
        this.requests = requests;
        this.scheduler = scheduler;
    }

    /**
     * The request once it is done.
     *
     * @return empty if it is not done after {@code atMost}, or there is no such request
     */
    public Mono<RequestView> untilDone(Client client, RequestId id, Duration atMost) {
        return wait(client, id, LongPoll::isDone).take(atMost, scheduler).onErrorComplete(ProblemException.class);
    }

    /**
     * The request once it is done or its seq differs from {@code known}, or as it is after {@code atMost}.
     *
     * @param known -1 to wait for the end
     */
    Mono<RequestView> untilChanged(Client client, RequestId id, int known, Duration atMost) {
        Predicate<RequestView> enough = known < 0
                ? LongPoll::isDone
                : view -> isDone(view) || view.snapshot().seq() != known;
        return wait(client, id, enough)
                .take(atMost, scheduler)
                .switchIfEmpty(Mono.defer(() -> requests.find(client, id)));
    }

    private Mono<RequestView> wait(Client client, RequestId id, Predicate<RequestView> enough) {
        return Mono.using(
                () -> followers.open(client, () -> {}),
                follower -> {
                    follower.follow(id, 0);
                    return look(follower, client, id, enough);
                },
                Follower::close);
    }

    /** Looks at the request after each piece of news, until the condition holds; empty when the gateway stops. */
    private Mono<RequestView> look(Follower follower, Client client, RequestId id, Predicate<RequestView> enough) {
        return follower.next(true)
                .repeat()
                .takeWhile(step -> !(step instanceof NextStep.Closing))
                .filter(NextStep.News.class::isInstance)
                .concatMap(_ -> seen(follower, client, id), 0)
                .filter(enough)
                .next();
    }

    private Mono<RequestView> seen(Follower follower, Client client, RequestId id) {
        return requests.find(client, id).map(view -> {
            follower.knows(id, view.snapshot().seq());
            return view;
        });
    }

    private static boolean isDone(RequestView view) {
        return view.snapshot().state().isDone();
    }
}
