package dev.sluice.gateway.web.defect;

import dev.sluice.gateway.web.Answer;
import dev.sluice.gateway.web.TraceIds;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.HttpHandlerDecoratorFactory;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Mono;

/**
 * Answers calls that {@link DefectDetector} has found, and calls with headers that Spring cannot parse, before Spring
 * tries, because Spring would not answer, or answer 500 with a stack trace. It stands in front of everything else on
 * both ports. Thread-safe.
 */
public final class DefectHandler implements HttpHandlerDecoratorFactory {

    private final DefectMetrics metrics;

    public DefectHandler(DefectMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public HttpHandler apply(HttpHandler next) {
        return (http, response) -> {
            HttpHeaders headers = http.getHeaders();
            String found = headers.getFirst(DefectDetector.HEADER);
            if (found != null) {
                return answer(http, response, named(found));
            }
            Defect defect = defectOf(headers);
            if (defect == null) {
                return next.handle(http, response);
            }
            metrics.count(defect);
            return answer(http, response, defect);
        };
    }

    private static Mono<Void> answer(ServerHttpRequest http, ServerHttpResponse response, Defect defect) {
        String traceId = TraceIds.of(http.getHeaders().getFirst("traceparent"));
        return Answer.problem(defect.problem(), traceId).writeTo(response);
    }

    private static Defect named(String name) {
        for (Defect defect : Defect.values()) {
            if (defect.name().equals(name)) {
                return defect;
            }
        }
        return Defect.HEAD;
    }

    private static @Nullable Defect defectOf(HttpHeaders headers) {
        String contentType = headers.getFirst(HttpHeaders.CONTENT_TYPE);
        if (contentType != null && !isSafe(contentType)) {
            return Defect.CONTENT_TYPE;
        }
        List<String> accept = headers.getOrEmpty(HttpHeaders.ACCEPT);
        return accept.isEmpty() || areMediaTypes(accept) ? null : Defect.ACCEPT;
    }

    /**
     * Whether Spring's parser reads the header or refuses it with its own exception. It looks at the letter before a
     * quote, and fails if the quote comes first.
     */
    private static boolean isSafe(String contentType) {
        if (contentType.indexOf('"') < 0) {
            return true;
        }
        try {
            MediaType.parseMediaType(contentType);
            return true;
        } catch (InvalidMediaTypeException _) {
            return true;
        } catch (IndexOutOfBoundsException _) {
            return false;
        }
    }

    private static boolean areMediaTypes(List<String> accept) {
        try {
            MediaType.parseMediaTypes(accept);
            return true;
        } catch (InvalidMediaTypeException | IndexOutOfBoundsException _) {
            return false;
        }
    }
}
