package dev.sluice.gateway.intake;

import dev.sluice.gateway.batch.BatchLimits;
import dev.sluice.gateway.batch.BatchOverflowException;
import dev.sluice.gateway.batch.MicroBatcher;
import dev.sluice.gateway.dispatch.Dispatcher;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.store.RequestStore;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.RequestId;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Makes admitted requests durable; one insert takes all requests that wait. Which of them go straight to the broker is
 * decided when the batch is composed, so that a slot of the window is held only while its insert runs.
 */
final class RequestWriter {

    private static final Logger log = LoggerFactory.getLogger(RequestWriter.class);

    /** Bytes of a row besides its payload, roughly. */
    private static final int ROW_BYTES = 512;

    private final UUID gateway;
    private final RequestStore store;
    private final Dispatcher dispatcher;
    private final MicroBatcher<NewRequest, Stored> batcher;

    /** A request after its batch: it may be the one row that Postgres refused while it took the others. */
    private record Stored(NewRequest request, boolean isStored) {}

    RequestWriter(UUID gateway, RequestStore store, Dispatcher dispatcher, BatchLimits limits, MeterRegistry meters) {
        this.gateway = gateway;
        this.store = store;
        this.dispatcher = dispatcher;
        this.batcher = new MicroBatcher<>("intake", limits, RequestWriter::sizeOf, this::write, meters);
    }

    /**
     * Stores a request.
     *
     * <p>Hot once subscribed: cancelling gives up the wait, never the write.
     *
     * @return the request as it was stored, after the commit; {@link SubmitRejection.Overloaded}, {@link
     *     SubmitRejection.StoreUnavailable} or {@link SubmitRejection.Unstorable} if it was not; {@link
     *     SubmitRejection.OutcomeUnknown} if the outcome is unknown
     */
    Mono<NewRequest> insert(NewRequest request) {
        return batcher.add(request)
                .map(RequestWriter::requireStored)
                .onErrorMap(BatchOverflowException.class, _ -> new SubmitRejection.Overloaded())
                .onErrorMap(StoreUnavailableException.class, lost -> refusal(request, lost));
    }

    /** Writes waiting requests and takes no more. */
    Mono<Void> close() {
        return batcher.close();
    }

    private static SubmitRejection refusal(NewRequest request, StoreUnavailableException lost) {
        return lost.isUncertain()
                ? new SubmitRejection.OutcomeUnknown(request.id())
                : new SubmitRejection.StoreUnavailable();
    }

    private static NewRequest requireStored(Stored stored) {
        if (!stored.isStored()) {
            throw new SubmitRejection.Unstorable();
        }
        return stored.request();
    }

    private Mono<List<Stored>> write(List<NewRequest> requests) {
        List<NewRequest> composed = new ArrayList<>(requests.size());
        try {
            for (NewRequest request : requests) {
                boolean queued = dispatcher.tryReserve(request.kind());
                composed.add(queued ? request.asQueued() : request);
            }
        } catch (Throwable failure) { // a slot that is reserved and forgotten is never free again
            dispatcher.aborted(composed);
            throw failure;
        }
        return store.insert(gateway, composed)
                .onErrorMap(failure -> aborted(composed, failure))
                .map(ids -> committed(composed, ids));
    }

    private Throwable aborted(List<NewRequest> requests, Throwable failure) {
        if (failure instanceof StoreUnavailableException lost && lost.isUncertain()) {
            dispatcher.uncertain(requests);
        } else {
            dispatcher.aborted(requests);
        }
        return failure;
    }

    private List<Stored> committed(List<NewRequest> requests, Set<RequestId> ids) {
        if (ids.size() == requests.size()) {
            tell(requests);
            return requests.stream().map(request -> new Stored(request, true)).toList();
        }
        Map<Boolean, List<NewRequest>> parts =
                requests.stream().collect(Collectors.partitioningBy(request -> ids.contains(request.id())));
        tell(parts.getOrDefault(true, List.of()));
        dispatcher.aborted(parts.getOrDefault(false, List.of()));
        return requests.stream()
                .map(request -> new Stored(request, ids.contains(request.id())))
                .toList();
    }

    /** The publish after the commit is only a hint: a request whose hint is lost is found again by evidence. */
    private void tell(List<NewRequest> stored) {
        try {
            dispatcher.committed(stored);
        } catch (Throwable failure) { // they are stored, and their callers wait for that
            log.atError()
                    .addKeyValue("requests", stored.size())
                    .addKeyValue("reason", failure.toString())
                    .log("intake.hint_failed");
        }
    }

    private static long sizeOf(NewRequest request) {
        return (long) request.payload().size() + ROW_BYTES;
    }
}
