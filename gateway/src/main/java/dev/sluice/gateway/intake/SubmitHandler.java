package dev.sluice.gateway.intake;

import dev.sluice.gateway.client.Clients;
import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.read.LongPoll;
import dev.sluice.gateway.request.Receipt;
import dev.sluice.gateway.request.RequestJson;
import dev.sluice.gateway.web.Answer;
import dev.sluice.gateway.web.BodyBytes;
import dev.sluice.gateway.web.ETags;
import dev.sluice.gateway.web.Prefer;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.message.Payload;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** {@code POST /v1/requests/{kind}}. */
public final class SubmitHandler {

    private final Intake intake;
    private final BodyBytes bodies;
    private final LongPoll longPoll;

    public SubmitHandler(Intake intake, BodyBytes bodies, LongPoll longPoll) {
        this.intake = intake;
        this.bodies = bodies;
        this.longPoll = longPoll;
    }

    /**
     * Takes a submission in: 202 with the receipt, or 200 with the finished request if the caller wanted to wait and
     * the request ended in time.
     */
    public Mono<ServerResponse> submit(ServerRequest http) {
        return Mono.defer(() -> admitted(http)).onErrorMap(SubmitRejection.class, intake::refused);
    }

    private Mono<ServerResponse> admitted(ServerRequest http) {
        KindPolicy policy = intake.policyFor(http.pathVariable("kind"));
        HttpHeaders headers = http.exchange().getRequest().getHeaders();
        CallOptions call = CallOptions.of(headers);
        return payload(http, headers, policy)
                .flatMap(payload ->
                        intake.submit(new Submission(Clients.of(http), policy.name(), payload, call.options())))
                .flatMap(receipt -> answer(receipt, call.prefer()));
    }

    private Mono<Payload> payload(ServerRequest http, HttpHeaders headers, KindPolicy policy) {
        byte[] parameter = PayloadParameter.of(http.exchange().getRequest());
        if (parameter != null) {
            return bodies.read(http.exchange().getRequest(), 0)
                    .onErrorMap(SubmitHandler::isTooLarge, _ -> bodyAndParameter())
                    .thenReturn(new Payload(Payload.JSON, parameter));
        }
        if (headers.getContentLength() > policy.maxPayload()) {
            return Mono.error(() -> new SubmitRejection.TooLarge(policy.maxPayload()));
        }
        String contentType = contentType(headers);
        // The admission checks it again, for every transport. Here the body of a wrong type is not even read.
        ContentTypes.check(contentType, policy.contentTypes());
        return bodies.read(http.exchange().getRequest(), policy.maxPayload())
                .onErrorMap(SubmitHandler::isTooLarge, _ -> new SubmitRejection.TooLarge(policy.maxPayload()))
                .map(bytes -> new Payload(contentType, bytes));
    }

    private static boolean isTooLarge(Throwable failure) {
        return failure instanceof ProblemException known && known.problem().type() == ProblemType.PAYLOAD_TOO_LARGE;
    }

    private static ProblemException bodyAndParameter() {
        return PayloadParameter.refused("A body and the parameter payload exclude each other");
    }

    private static String contentType(HttpHeaders headers) {
        String encoding = headers.getFirst(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.trim().equalsIgnoreCase("identity")) {
            throw new SubmitRejection.UnsupportedType("Content-Encoding is not taken");
        }
        String contentType = headers.getFirst(HttpHeaders.CONTENT_TYPE);
        return contentType == null ? Payload.BINARY : contentType.trim();
    }

    private Mono<ServerResponse> answer(Receipt receipt, Prefer prefer) {
        if (prefer.waitS() == 0) {
            return Mono.just(accepted(receipt, prefer));
        }
        return longPoll.untilDone(receipt.request().client(), receipt.id(), Duration.ofSeconds(prefer.waitS()))
                .map(view -> located(
                        Answer.json(200, RequestJson.of(view))
                                .header("ETag", ETags.of(view.snapshot().seq())),
                        receipt,
                        prefer))
                .switchIfEmpty(Mono.fromSupplier(() -> accepted(receipt, prefer)))
                .cast(ServerResponse.class);
    }

    private static Answer accepted(Receipt receipt, Prefer prefer) {
        return located(Answer.json(202, RequestJson.of(receipt)), receipt, prefer)
                .header("Retry-After", "1");
    }

    private static Answer located(Answer answer, Receipt receipt, Prefer prefer) {
        String path = RequestJson.path(receipt.id().toString());
        answer.header("Location", path).header("Operation-Location", path);
        String applied = prefer.applied();
        return applied.isEmpty() ? answer : answer.header("Preference-Applied", applied);
    }
}
