package dev.sluice.gateway.web;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Mono;

/**
 * Turns failures into answers. The features translate their own refusals into {@link ProblemException}; any other
 * failure that arrives here is a fault of the gateway: it is logged once and answered 500 without a word about the
 * inside.
 */
public final class ProblemMapper {

    private static final Logger log = LoggerFactory.getLogger(ProblemMapper.class);

    /** Lets a handler answer, and answers in its place if it fails. */
    public Mono<ServerResponse> answered(ServerRequest http, HandlerFunction<ServerResponse> next) {
        return Mono.defer(() -> next.handle(http)).onErrorResume(failure -> answer(http, failure));
    }

    private Mono<ServerResponse> answer(ServerRequest http, Throwable failure) {
        String traceId = TraceIds.of(http.headers().firstHeader("traceparent"));
        Problem problem = problemOf(failure, traceId);
        Answer answer = Answer.problem(problem, traceId);
        // The rest of a refused body is not worth reading.
        return Mono.just(leavesBodyUnread(problem.type()) ? answer.header("Connection", "close") : answer);
    }

    /** The problem behind a failure, for answers that are not HTTP's. */
    public Problem problemOf(Throwable failure, String traceId) {
        return switch (failure) {
            case ProblemException known -> known.problem();
            case ResponseStatusException framework
            when framework.getStatusCode().is4xxClientError() ->
                new Problem(ProblemType.BAD_REQUEST, "The HTTP request is not usable");
            default -> fault(failure, traceId);
        };
    }

    private static Problem fault(Throwable failure, String traceId) {
        log.error("http.failed traceId={}", traceId, failure);
        return new Problem(ProblemType.INTERNAL_ERROR, "The gateway failed; its log says more under this traceId");
    }

    private static boolean leavesBodyUnread(ProblemType type) {
        return type == ProblemType.PAYLOAD_TOO_LARGE || type == ProblemType.BODY_TIMEOUT;
    }
}
