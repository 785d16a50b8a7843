package dev.sluice.processor.samples;

import dev.sluice.message.Failure;
import dev.sluice.message.Payload;
import dev.sluice.processor.handler.Context;
import dev.sluice.processor.handler.HandlerException;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.processor.handler.Work;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** {@code {"permanent":true,"message":"…"}}: always fails. */
final class Fail implements RequestHandler {

    /** How to fail; {@code message} may be missing. */
    record Request(boolean permanent, @Nullable String message) {}

    @Override
    public Mono<Payload> handle(Work work, Context context) {
        Request request = Input.read(work.payload(), Request.class);
        String message = request.message();
        Failure failure = new Failure("sample-failure", "It was asked to fail", message == null ? "" : message);
        return Mono.error(
                request.permanent()
                        ? new HandlerException.Permanent(failure)
                        : new HandlerException.Transient(failure));
    }
}
