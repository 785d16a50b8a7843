package dev.sluice.processor.samples;

import dev.sluice.message.Failure;
import dev.sluice.message.Payload;
import dev.sluice.processor.handler.Context;
import dev.sluice.processor.handler.HandlerException;
import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.processor.handler.Work;
import reactor.core.publisher.Mono;

/** {@code {"failures":2}}: fails so many attempts as transient, then succeeds. */
final class Flaky implements RequestHandler {

    /** @param failures attempts that fail */
    record Request(int failures) {
        Request {
            if (failures < 0) {
                throw HandlerException.Permanent.invalid("failures must not be negative, was " + failures);
            }
        }
    }

    private record Survived(int attempt) {}

    @Override
    public Mono<Payload> handle(Work work, Context context) {
        int failures = Input.read(work.payload(), Request.class).failures();
        if (work.attempt() <= failures) {
            return Mono.error(new HandlerException.Transient(
                    new Failure("flaky", "Attempt " + work.attempt() + " of " + failures + " that fail", "")));
        }
        return Mono.just(Input.json(new Survived(work.attempt())));
    }
}
