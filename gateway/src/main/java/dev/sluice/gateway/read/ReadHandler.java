package dev.sluice.gateway.read;

import dev.sluice.gateway.client.Clients;
import dev.sluice.gateway.request.RequestJson;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.store.RequestReader;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.web.Answer;
import dev.sluice.gateway.web.ETags;
import dev.sluice.gateway.web.Prefer;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.gateway.web.WholeNumber;
import java.time.Duration;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** {@code GET /v1/requests/{id}} and its result. */
public final class ReadHandler {

    /** The pause before the next poll of an unfinished request. It is fixed as long as there are no estimates. */
    private static final int RETRY_AFTER_S = 1;

    private final RequestLookup requests;
    private final RequestReader reader;
    private final LongPoll longPoll;

    public ReadHandler(RequestLookup requests, RequestReader reader, LongPoll longPoll) {
        this.requests = requests;
        this.reader = reader;
        this.longPoll = longPoll;
    }

    /**
     * The request: at once, or, with {@code wait}, when it is done or differs from the seq in {@code If-None-Match}.
     */
    public Mono<ServerResponse> read(ServerRequest http) {
        return Mono.defer(() -> view(http)).map(view -> answer(http, view));
    }

    /** The output's own bytes. They are foreign content and must never act as a page of the gateway's origin. */
    public Mono<ServerResponse> result(ServerRequest http) {
        return requests.find(http).flatMap(view -> result(http, view));
    }

    private Mono<RequestView> view(ServerRequest http) {
        int waitS = http.queryParam("wait")
                .map(text -> WholeNumber.option("wait", text, 0, Prefer.MAX_WAIT_S))
                .orElse(0);
        return waitS == 0
                ? requests.find(http)
                : longPoll.untilChanged(
                        Clients.of(http),
                        RequestLookup.idOf(http),
                        ETags.seqOf(ifNoneMatch(http)),
                        Duration.ofSeconds(waitS));
    }

    private static ServerResponse answer(ServerRequest http, RequestView view) {
        int seq = view.snapshot().seq();
        Answer answer =
                ETags.matches(ifNoneMatch(http), seq) ? Answer.empty(304) : Answer.json(200, RequestJson.of(view));
        answer.header("ETag", ETags.of(seq));
        return view.snapshot().state().isDone() ? answer : answer.header("Retry-After", RETRY_AFTER_S);
    }

    private Mono<ServerResponse> result(ServerRequest http, RequestView view) {
        RequestState state = view.snapshot().state();
        return switch (state) {
            case SUCCEEDED -> succeeded(http, view);
            case FAILED ->
                Mono.error(() -> ended(ProblemType.REQUEST_FAILED, view).toException());
            case CANCELED ->
                Mono.error(() -> ended(ProblemType.REQUEST_CANCELED, view).toException());
            case ACCEPTED, QUEUED, RUNNING, RETRYING, CANCELING, UNKNOWN ->
                Mono.error(() -> new Problem(ProblemType.NOT_READY, "The request is " + state)
                        .about(view.snapshot().id().toString())
                        .retryAfter(RETRY_AFTER_S)
                        .toException());
        };
    }

    /** A request that succeeded has a result, until its retention is over. Then a copy is not confirmed either. */
    private Mono<ServerResponse> succeeded(ServerRequest http, RequestView view) {
        if (view.resultType() == null) {
            return Mono.error(() -> RequestLookup.gone(view.snapshot().id()));
        }
        if (ETags.matches(ifNoneMatch(http), view.snapshot().seq())) {
            return Mono.just(cacheable(Answer.empty(304), view));
        }
        return reader.result(Clients.of(http), view.snapshot().id())
                .onErrorMap(StoreUnavailableException.class, RequestLookup::unavailable)
                .switchIfEmpty(
                        Mono.error(() -> RequestLookup.gone(view.snapshot().id())))
                .map(payload -> cacheable(ResultContent.answer(payload), view));
    }

    private static Answer cacheable(Answer answer, RequestView view) {
        return answer.header("ETag", ETags.of(view.snapshot().seq()))
                .header("Cache-Control", "private, max-age=3600, immutable");
    }

    private static Problem ended(ProblemType type, RequestView view) {
        Problem problem = new Problem(
                        type, "The request ended " + view.snapshot().state())
                .about(view.snapshot().id().toString());
        String error = RequestJson.error(view);
        return error == null ? problem : problem.causedBy(error);
    }

    private static List<String> ifNoneMatch(ServerRequest http) {
        return http.headers().header(HttpHeaders.IF_NONE_MATCH);
    }
}
