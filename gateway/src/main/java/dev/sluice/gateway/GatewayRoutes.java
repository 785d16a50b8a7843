package dev.sluice.gateway;

import dev.sluice.gateway.cancel.CancelHandler;
import dev.sluice.gateway.follow.EventsHandler;
import dev.sluice.gateway.follow.SocketHandler;
import dev.sluice.gateway.intake.SubmitHandler;
import dev.sluice.gateway.kind.KindsHandler;
import dev.sluice.gateway.read.ReadHandler;
import dev.sluice.gateway.web.Answer;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemMapper;
import dev.sluice.gateway.web.ProblemPages;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.gateway.web.StaticFiles;
import dev.sluice.gateway.web.TraceIds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** All paths of the public port, in one table: the front door for readers. */
final class GatewayRoutes {

    private final ProblemMapper problems;
    private final List<Route> table = new ArrayList<>();

    /** One line of the table. */
    private record Route(HttpMethod method, String pattern, HandlerFunction<ServerResponse> handler) {

        /** The pattern without the names of its variables. Routes with the same shape are the same path. */
        String shape() {
            return pattern.replaceAll("\\{[a-z]+}", "{}");
        }
    }

    /** The parts that serve requests. */
    public record Handlers(
            SubmitHandler submit,
            ReadHandler read,
            EventsHandler events,
            CancelHandler cancel,
            SocketHandler socket,
            KindsHandler kinds) {}

    GatewayRoutes(Handlers handlers, ProblemMapper problems) {
        this.problems = problems;
        StaticFiles console = new StaticFiles("console/");
        StaticFiles contracts = new StaticFiles("contract/");
        // The busiest first: they are tried in this order.
        post("/v1/requests/{kind}", handlers.submit()::submit);
        get("/v1/requests/{id}", handlers.read()::read);
        get("/v1/requests/{id}/result", handlers.read()::result);
        get("/v1/requests/{id}/events", handlers.events()::events);
        post("/v1/requests/{id}/cancel", handlers.cancel()::cancel);
        get("/v1/ws", handlers.socket()::connect);
        get("/v1/kinds", handlers.kinds()::list);
        get("/openapi.json", http -> contracts.serve(http, "openapi.json"));
        get("/asyncapi.json", http -> contracts.serve(http, "asyncapi.json"));
        get("/problems/{code}", new ProblemPages()::page);
        // This must come before the console's files, whose pattern matches this path too. The links of the page need
        // the slash at the end.
        get("/console", _ -> redirect("console/"));
        get("/console/{*path}", console::serve);
        get("/", _ -> redirect("console/"));
    }

    /** The table as WebFlux runs it; each failure of a handler ends as a problem document. */
    public RouterFunction<ServerResponse> routes() {
        RouterFunctions.Builder builder = RouterFunctions.route();
        for (Route route : table) {
            builder.route(
                    RequestPredicates.method(route.method()).and(RequestPredicates.path(route.pattern())),
                    route.handler());
        }
        methodsByShape()
                .forEach(
                        (pattern, methods) -> builder.route(RequestPredicates.path(pattern), _ -> notAllowed(methods)));
        return builder.route(RequestPredicates.all(), _ -> notFound())
                .filter(problems::answered) // the outermost: the first one that is added
                .filter(GatewayRoutes::strict)
                .build();
    }

    private void get(String pattern, HandlerFunction<ServerResponse> handler) {
        table.add(new Route(HttpMethod.GET, pattern, handler));
        table.add(new Route(HttpMethod.HEAD, pattern, handler));
    }

    private void post(String pattern, HandlerFunction<ServerResponse> handler) {
        table.add(new Route(HttpMethod.POST, pattern, handler));
    }

    /** The methods of each path. Routes of the same shape are one path, listed under the pattern of the first. */
    private Map<String, SortedSet<String>> methodsByShape() {
        Map<String, String> patterns = new LinkedHashMap<>();
        Map<String, SortedSet<String>> methods = new LinkedHashMap<>();
        for (Route route : table) {
            String pattern = patterns.computeIfAbsent(route.shape(), _ -> route.pattern());
            methods.computeIfAbsent(pattern, _ -> new TreeSet<>())
                    .add(route.method().name());
        }
        return methods;
    }

    /**
     * Answers 404 for a path with an escape, a parameter or a double slash. No path here needs one, and none has a
     * second spelling.
     */
    private static Mono<ServerResponse> strict(ServerRequest http, HandlerFunction<ServerResponse> next) {
        String path = http.requestPath().value();
        boolean plain = path.indexOf('%') < 0 && path.indexOf(';') < 0 && !path.contains("//");
        return plain ? next.handle(http) : notFound();
    }

    private static Mono<ServerResponse> notFound() {
        return Mono.error(() -> new Problem(ProblemType.NOT_FOUND, "There is nothing at this path").toException());
    }

    private static Mono<ServerResponse> notAllowed(SortedSet<String> methods) {
        String allow = String.join(", ", methods);
        Problem problem = new Problem(ProblemType.METHOD_NOT_ALLOWED, "This path takes " + allow);
        return Mono.just(Answer.problem(problem, TraceIds.of(null)).header("Allow", allow));
    }

    /** Relative, so that it holds under any prefix that a proxy puts before the gateway. */
    private static Mono<ServerResponse> redirect(String target) {
        return Mono.just(Answer.empty(302).header("Location", target));
    }
}
