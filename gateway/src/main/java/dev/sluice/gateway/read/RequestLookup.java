package dev.sluice.gateway.read;

import dev.sluice.gateway.client.Clients;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.store.RequestReader;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.message.RequestId;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/** Finds the request of a call, or says why there is none. */
public final class RequestLookup {

    private final RequestReader reader;

    public RequestLookup(RequestReader reader) {
        this.reader = reader;
    }

    /** The id in the path; {@code unknown-request} if it is no id. */
    public static RequestId idOf(ServerRequest http) {
        return RequestId.parse(http.pathVariable("id"))
                .orElseThrow(() -> unknown("").toException());
    }

    /** The request in the path. */
    public Mono<RequestView> find(ServerRequest http) {
        return Mono.defer(() -> find(Clients.of(http), idOf(http)));
    }

    /**
     * A request of this client.
     *
     * @return never empty; {@link ProblemException} with {@code unknown-request}, {@code gone} or
     *     {@code store-unavailable}
     */
    public Mono<RequestView> find(Client client, RequestId id) {
        return reader.find(client, id)
                .switchIfEmpty(Mono.error(() -> missing(id)))
                .onErrorMap(StoreUnavailableException.class, RequestLookup::unavailable);
    }

    /** Why a request is not there. A request of another client looks as if it never was. */
    public ProblemException missing(RequestId id) {
        return reader.isGone(id) ? gone(id) : unknown(id.toString()).toException();
    }

    /** The request was there, and what is asked for is not kept any more. */
    static ProblemException gone(RequestId id) {
        return new Problem(ProblemType.GONE, "The request's retention is over")
                .about(id.toString())
                .toException();
    }

    public static ProblemException unavailable(StoreUnavailableException failure) {
        return new Problem(ProblemType.STORE_UNAVAILABLE, "The database did not answer").toException();
    }

    private static Problem unknown(String id) {
        Problem problem = new Problem(ProblemType.UNKNOWN_REQUEST, "There is no request of this id");
        return id.isEmpty() ? problem : problem.about(id);
    }
}
