package dev.sluice.gateway.follow;

import dev.sluice.gateway.client.Clients;
import dev.sluice.gateway.json.JsonBytes;
import dev.sluice.gateway.read.Follower;
import dev.sluice.gateway.read.Followers;
import dev.sluice.gateway.read.RequestLookup;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.request.EventPage;
import dev.sluice.gateway.request.LoggedEvent;
import dev.sluice.gateway.request.RequestView;
import dev.sluice.gateway.store.RequestReader;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.web.Answer;
import dev.sluice.gateway.web.NativeResponse;
import dev.sluice.gateway.web.StreamingAnswer;
import dev.sluice.gateway.web.WholeNumber;
import dev.sluice.message.RequestId;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/** {@code GET /v1/requests/{id}/events}: a stream, or a page for a client that accepts JSON. */
public final class EventsHandler {

    private static final int NONE = -1;
    private static final int MAX_SEQ = 999_999_999;
    private static final int PAGE = 256;

    private final RequestLookup requests;
    private final RequestReader reader;
    private final Followers followers;

    public EventsHandler(RequestLookup requests, RequestReader reader, Followers followers) {
        this.requests = requests;
        this.reader = reader;
        this.followers = followers;
    }

    public Mono<ServerResponse> events(ServerRequest http) {
        return Mono.defer(() -> {
            int after = lastEventId(http);
            return wantsJson(http) ? page(http, Math.max(after, 0)) : stream(http, after);
        });
    }

    private Mono<ServerResponse> page(ServerRequest http, int after) {
        RequestId id = RequestLookup.idOf(http);
        return reader.events(Clients.of(http), id, after, PAGE)
                .switchIfEmpty(Mono.error(() -> requests.missing(id)))
                .onErrorMap(StoreUnavailableException.class, RequestLookup::unavailable)
                .map(page -> Answer.json(200, json(page)));
    }

    private Mono<ServerResponse> stream(ServerRequest http, int after) {
        return requests.find(http).map(view -> isOver(view, after) ? Answer.empty(204) : streaming(http, view, after));
    }

    /** A client that reconnects after the end is told to stop. */
    private static boolean isOver(RequestView view, int after) {
        return view.snapshot().state().isDone() && after >= view.snapshot().seq();
    }

    private ServerResponse streaming(ServerRequest http, RequestView found, int after) {
        followers.requireRoom();
        Client client = Clients.of(http);
        RequestId id = found.snapshot().id();
        return new StreamingAnswer(
                200,
                exchange -> NativeResponse.takeOver(exchange)
                        .flatMap(response -> Mono.using(
                                () -> followers.open(client, () -> SseStream.abandon(response)),
                                follower -> follow(follower, client, id, after, response),
                                Follower::close)));
    }

    private Mono<Void> follow(Follower follower, Client client, RequestId id, int after, HttpServerResponse response) {
        follower.follow(id, 0);
        return requests.find(client, id).flatMap(view -> new SseStream(follower, response).write(view, after));
    }

    private static int lastEventId(ServerRequest http) {
        String header = http.headers().firstHeader("Last-Event-ID");
        String text = header == null || header.isEmpty()
                ? http.queryParam("lastEventId").orElse("")
                : header;
        return text.isEmpty() ? NONE : WholeNumber.option("Last-Event-ID", text, 0, MAX_SEQ);
    }

    private static boolean wantsJson(ServerRequest http) {
        for (MediaType accepted : http.headers().accept()) {
            if (accepted.getType().equals("text") || accepted.isWildcardType()) {
                return false;
            }
            if (accepted.equalsTypeAndSubtype(MediaType.APPLICATION_JSON)) {
                return true;
            }
        }
        return false;
    }

    private static JsonBytes json(EventPage page) {
        String id = page.id().toString();
        JsonBytes json = new JsonBytes(256 + 512 * page.events().size()).beginObject();
        json.name("id").value(id);
        json.name("state").value(page.state().name());
        json.name("done").value(page.state().isDone());
        json.name("seq").value(page.seq());
        json.name("complete").value(page.complete());
        json.name("more").value(page.more());
        writeEvents(json.name("events"), page.events());
        if (page.more()) {
            int last = page.events().getLast().seq();
            json.name("next").value("/v1/requests/" + id + "/events?lastEventId=" + last);
        }
        return json.endObject();
    }

    private static void writeEvents(JsonBytes json, List<LoggedEvent> events) {
        json.beginArray();
        for (LoggedEvent event : events) {
            CloudEvents.write(json, event);
        }
        json.endArray();
    }
}
