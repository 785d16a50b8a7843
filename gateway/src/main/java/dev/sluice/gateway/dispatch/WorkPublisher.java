package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.transition.LostRun;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Publishes envelopes whose requests are QUEUED and committed. What the broker does not confirm goes back to the backlog under a higher
 * fence, so that a message which arrived after all counts for nothing.
 */
final class WorkPublisher implements MeterBinder {

    private static final Logger log = LoggerFactory.getLogger(WorkPublisher.class);

    /** After a refusal; the broker is not asked again at once. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Duration STORE_PAUSE = Duration.ofMillis(200);
    private static final Duration MAX_STORE_PAUSE = Duration.ofSeconds(5);
    private static final Duration DECLARE_TIMEOUT = Duration.ofSeconds(5);

    private final Broker broker;
    private final Transitions transitions;
    private final Set<String> declared = ConcurrentHashMap.newKeySet();
    private final AtomicInteger inFlight = new AtomicInteger();

    WorkPublisher(Broker broker, Transitions transitions) {
        this.broker = broker;
        this.transitions = transitions;
    }

    /** Shows how many envelopes wait for their confirm. */
    @Override
    public void bindTo(MeterRegistry registry) {
        registry.gauge("sluice.dispatch.unconfirmed", inFlight);
    }

    boolean isDeclared(String kind) {
        return declared.contains(kind);
    }

    /** Makes sure that the kind has its queue on this connection. */
    Mono<Void> declare(String kind) {
        return isDeclared(kind)
                ? Mono.empty()
                : broker.declare(Topology.work(kind)).timeout(DECLARE_TIMEOUT).doOnSuccess(_ -> declared.add(kind));
    }

    /** The connection is new: the broker may have forgotten. */
    void forgetDeclared() {
        declared.clear();
    }

    int inFlight() {
        return inFlight.get();
    }

    /**
     * Publishes one envelope.
     *
     * @return empty once it is confirmed, or its requests are back in the backlog; does not fail
     */
    Mono<Void> publish(WorkEnvelope envelope) {
        inFlight.incrementAndGet();
        return broker.publish(OutboundMessage.durable(Topology.WORK_EXCHANGE, envelope.kind(), Wire.encode(envelope)))
                .onErrorResume(PublishException.class, refused -> giveBack(envelope, refused))
                .doFinally(_ -> inFlight.decrementAndGet());
    }

    private Mono<Void> giveBack(WorkEnvelope envelope, PublishException refused) {
        log.atWarn()
                .addKeyValue("kind", envelope.kind())
                .addKeyValue("requests", envelope.items().size())
                .addKeyValue("reason", refused.getMessage())
                .log("dispatch.not_confirmed");
        if (refused instanceof PublishException.Unroutable) {
            declared.remove(envelope.kind());
        }
        Map<RequestId, LostRun> runs = HashMap.newHashMap(envelope.items().size());
        for (WorkItem item : envelope.items()) {
            Fence fence = new Fence(item.dispatch(), 0);
            runs.put(item.id(), new LostRun(fence, LostRun.Evidence.UNPUBLISHED, PAUSE));
        }
        return transitions
                .takeBack(runs)
                .retryWhen(Retry.backoff(Long.MAX_VALUE, STORE_PAUSE)
                        .maxBackoff(MAX_STORE_PAUSE)
                        .filter(StoreUnavailableException.class::isInstance))
                .then()
                .onErrorResume(Exception.class, error -> notGivenBack(envelope, error));
    }

    /** They stay QUEUED; the evidence that they are with nobody brings them back. */
    private static Mono<Void> notGivenBack(WorkEnvelope envelope, Exception error) {
        log.atError()
                .addKeyValue("kind", envelope.kind())
                .addKeyValue("requests", envelope.items().size())
                .addKeyValue("reason", error.toString())
                .log("dispatch.not_given_back");
        return Mono.empty();
    }
}
