package dev.sluice.gateway.cancel;

import dev.sluice.gateway.client.Clients;
import dev.sluice.gateway.read.RequestLookup;
import dev.sluice.gateway.request.RequestJson;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.web.Answer;
import dev.sluice.gateway.web.ETags;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** {@code POST /v1/requests/{id}/cancel}: 200 if the request is canceled, 202 if its processor was asked to stop it. */
public final class CancelHandler {

    private final Cancellation cancellation;

    public CancelHandler(Cancellation cancellation) {
        this.cancellation = cancellation;
    }

    public Mono<ServerResponse> cancel(ServerRequest http) {
        return Mono.defer(() -> cancellation.cancel(Clients.of(http), RequestLookup.idOf(http)))
                .map(CancelHandler::answer);
    }

    private static ServerResponse answer(RequestView view) {
        boolean done = view.snapshot().state().isDone();
        Answer answer = Answer.json(done ? 200 : 202, RequestJson.of(view))
                .header("ETag", ETags.of(view.snapshot().seq()));
        return done ? answer : answer.header("Retry-After", 1);
    }
}
