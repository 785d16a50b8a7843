package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.batch.BatchLimits;
import dev.sluice.gateway.batch.MicroBatcher;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.transition.LostRun;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Returns requests to the backlog whose envelopes the broker did not confirm. A connection that is lost fails all that
 * is in flight at once: these return together, by a few statements instead of two for each. Thread-safe.
 */
final class WorkReturner {

    private static final Logger log = LoggerFactory.getLogger(WorkReturner.class);

    /** More than the publisher holds. Requests beyond it are looked up later, see {@code dispatch.not_given_back}. */
    private static final BatchLimits LIMITS = new BatchLimits(1, 1_000, 64L << 20, 16_384, 256L << 20);

    /** After a refusal; the broker is not asked again at once. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Duration STORE_PAUSE = Duration.ofMillis(200);
    private static final Duration MAX_STORE_PAUSE = Duration.ofSeconds(5);

    private final Transitions transitions;
    private final UncertainDispatches uncertain;
    private final MicroBatcher<WorkEnvelope, WorkEnvelope> batcher;

    WorkReturner(Transitions transitions, UncertainDispatches uncertain, MeterRegistry meters) {
        this.transitions = transitions;
        this.uncertain = uncertain;
        batcher = new MicroBatcher<>("give-back", LIMITS, WorkReturner::sizeOf, this::write, meters);
    }

    /**
     * Returns the requests of an envelope. Each statement is tried again until Postgres answers.
     *
     * @return empty once they are in the backlog, or went on by themselves; does not fail
     */
    Mono<Void> giveBack(WorkEnvelope envelope) {
        return batcher.add(envelope).then().onErrorResume(Exception.class, error -> notGivenBack(envelope, error));
    }

    private Mono<List<WorkEnvelope>> write(List<WorkEnvelope> envelopes) {
        Map<RequestId, LostRun> runs = new HashMap<>();
        for (WorkEnvelope envelope : envelopes) {
            for (WorkItem item : envelope.items()) {
                Fence fence = new Fence(item.dispatch(), 0);
                runs.put(item.id(), new LostRun(fence, LostRun.Evidence.UNPUBLISHED, PAUSE));
            }
        }
        return transitions
                .takeBack(runs)
                .retryWhen(Retry.backoff(Long.MAX_VALUE, STORE_PAUSE)
                        .maxBackoff(MAX_STORE_PAUSE)
                        .filter(StoreUnavailableException.class::isInstance))
                .thenReturn(envelopes);
    }

    /** They stay QUEUED until they are looked up. */
    private Mono<Void> notGivenBack(WorkEnvelope envelope, Exception error) {
        log.atError()
                .addKeyValue("kind", envelope.kind())
                .addKeyValue("requests", envelope.items().size())
                .addKeyValue("reason", error.toString())
                .log("dispatch.not_given_back");
        uncertain.add(
                envelope.kind(), envelope.items().stream().map(WorkItem::id).toList());
        return Mono.empty();
    }

    private static long sizeOf(WorkEnvelope envelope) {
        long bytes = 0;
        for (WorkItem item : envelope.items()) {
            bytes += (long) item.payload().size() + Wire.ITEM_OVERHEAD;
        }
        return bytes;
    }
}
