package dev.sluice.gateway.intake;

import dev.sluice.gateway.request.RequestView;
import dev.sluice.message.RequestId;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** Waits for the end of a request; what {@code Prefer: wait} needs from the part that follows requests. */
public interface Waiting {

    /**
     * The request once it is done.
     *
     * <p>Cold. Cancelling ends the wait and nothing else.
     *
     * @return empty if it is not done within {@code atMost}, or cannot be watched now
     */
    Mono<RequestView> untilDone(String client, RequestId id, Duration atMost);
}
