package dev.sluice.gateway.live;

import dev.sluice.gateway.intake.Clients;
import dev.sluice.gateway.request.RequestReader;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.request.StoreUnavailableException;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.message.RequestId;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/** Finds the request that a call is about, or says why there is none. */
public final class Requests {

    private final RequestReader reader;

    public Requests(RequestReader reader) {
        this.reader = reader;
    }

    /** The id in the path; {@code unknown-request} if it is none. */
    static RequestId idOf(ServerRequest http) {
        return RequestId.parse(http.pathVariable("id"))
                .orElseThrow(() -> unknown("").toException());
    }

    /** The request in the path. */
    Mono<RequestView> find(ServerRequest http) {
        return Mono.defer(() -> find(Clients.of(http), idOf(http)));
    }

    /**
     * A request of this client.
     *
     * @return never empty; {@link ProblemException} with {@code unknown-request}, {@code gone} or {@code store-unavailable}
     */
    Mono<RequestView> find(String client, RequestId id) {
        return reader.find(client, id)
                .switchIfEmpty(Mono.error(() -> missing(id)))
                .onErrorMap(StoreUnavailableException.class, Requests::unavailable);
    }

    /** Why a request is not there. Somebody else's looks as if it never was. */
    ProblemException missing(RequestId id) {
        Problem problem = reader.isGone(id)
                ? new Problem(ProblemType.GONE, "The request's retention is over").about(id.toString())
                : unknown(id.toString());
        return problem.toException();
    }

    static ProblemException unavailable(StoreUnavailableException failure) {
        return new Problem(ProblemType.STORE_UNAVAILABLE, "The database did not answer").toException();
    }

    private static Problem unknown(String id) {
        Problem problem = new Problem(ProblemType.UNKNOWN_REQUEST, "There is no request of this id");
        return id.isEmpty() ? problem : problem.about(id);
    }
}
