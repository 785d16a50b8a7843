package dev.sluice.processor.handler;

import dev.sluice.message.Payload;
import reactor.core.publisher.Mono;

/**
 * Runs the requests of one kind.
 *
 * <p>Called by several threads at once, at most as often at the same time as its kind has processing tokens, and on
 * threads that must not block: code that blocks implements {@link BlockingHandler}. A request may be run again after a
 * crash, so a handler's effects must bear repetition; {@link Work#id} is the key to recognise a repeat by.
 */
@FunctionalInterface
public interface RequestHandler {

    /**
     * Runs one attempt.
     *
     * <p>Cancelled when the attempt's time is over, its caller gave up, or the processor stops; see {@link
     * Context#canceled} for a softer end.
     *
     * @return the result; empty is a result without bytes. {@link HandlerException} classifies a failure, any other
     *     error counts as transient
     */
    Mono<Payload> handle(Work work, Context context);

    /** Ends everything that the handler keeps between requests. Called once, after its last request. */
    default void close() {}
}
