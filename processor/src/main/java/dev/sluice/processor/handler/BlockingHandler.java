package dev.sluice.processor.handler;

import dev.sluice.message.Payload;
import java.util.concurrent.Semaphore;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A handler written in blocking style; each attempt runs on a virtual thread of its own and is interrupted when it
 * should end.
 */
@FunctionalInterface
public interface BlockingHandler {

    /**
     * Runs one attempt.
     *
     * @return the result
     * @throws Exception {@link HandlerException} classifies a failure, any other exception counts as transient
     */
    Payload handle(Work work, Context context) throws Exception;

    /**
     * This handler as one that does not block its caller.
     *
     * @param maxThreads attempts that run at once; further ones wait. An attempt that ignores its interrupt keeps its
     *     place, so that stuck threads cannot pile up
     */
    default RequestHandler bounded(int maxThreads) {
        Semaphore places = new Semaphore(maxThreads);
        return (work, context) -> Mono.create(sink -> {
            Thread thread = Thread.ofVirtual().name("handler-" + work.id()).unstarted(() -> {
                try {
                    places.acquire();
                } catch (InterruptedException _) {
                    return; // cancelled while it waited: there is no subscriber any more
                }
                try {
                    run(work, context, sink);
                } finally {
                    places.release();
                }
            });
            sink.onCancel(thread::interrupt);
            thread.start();
        });
    }

    private void run(Work work, Context context, MonoSink<Payload> sink) {
        try {
            sink.success(handle(work, context));
        } catch (Throwable failure) { // any failure of the author's code is the outcome of the attempt
            sink.error(failure);
        }
    }
}
