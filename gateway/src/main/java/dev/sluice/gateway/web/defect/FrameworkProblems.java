package dev.sluice.gateway.web.defect;

import dev.sluice.gateway.web.Answer;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.gateway.web.TraceIds;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/** Answers refusals of Spring itself, as those of the management port, with a problem document. Thread-safe. */
@Order(FrameworkProblems.BEFORE_SPRING_BOOT)
public final class FrameworkProblems implements WebExceptionHandler {

    static final int BEFORE_SPRING_BOOT = -2;

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
        if (exchange.getResponse().isCommitted()
                || !(failure instanceof ResponseStatusException refusal)
                || !refusal.getStatusCode().is4xxClientError()) {
            return Mono.error(failure);
        }
        String traceId = TraceIds.of(exchange.getRequest().getHeaders().getFirst("traceparent"));
        Answer answer = Answer.problem(new Problem(typeOf(refusal), "This call is not answered here"), traceId);
        if (refusal instanceof MethodNotAllowedException notAllowed) {
            notAllowed.getSupportedMethods().forEach(method -> answer.header("Allow", method.name()));
        }
        return answer.writeTo(exchange.getResponse());
    }

    private static ProblemType typeOf(ResponseStatusException refusal) {
        return switch (refusal.getStatusCode().value()) {
            case 404 -> ProblemType.NOT_FOUND;
            case 405 -> ProblemType.METHOD_NOT_ALLOWED;
            case 406 -> ProblemType.NOT_ACCEPTABLE;
            case 415 -> ProblemType.UNSUPPORTED_MEDIA_TYPE;
            default -> ProblemType.BAD_REQUEST;
        };
    }
}
