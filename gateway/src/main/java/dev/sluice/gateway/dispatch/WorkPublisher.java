package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.control.Announcements;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.request.RequestStore;
import dev.sluice.gateway.request.StoreUnavailableException;
import dev.sluice.message.Announcement;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.Topology;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
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
final class WorkPublisher {

    private static final Logger log = LoggerFactory.getLogger(WorkPublisher.class);

    /** After a refusal; the broker is not asked again at once. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Duration STORE_PAUSE = Duration.ofMillis(200);
    private static final Duration MAX_STORE_PAUSE = Duration.ofSeconds(5);
    private static final Duration DECLARE_TIMEOUT = Duration.ofSeconds(5);

    private final Broker broker;
    private final RequestStore store;
    private final Announcements announcements;
    private final Clock clock;
    private final Set<String> declared = ConcurrentHashMap.newKeySet();
    private final AtomicInteger inFlight = new AtomicInteger();

    WorkPublisher(Broker broker, RequestStore store, Announcements announcements, Clock clock) {
        this.broker = broker;
        this.store = store;
        this.announcements = announcements;
        this.clock = clock;
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
        Map<RequestId, Integer> dispatches = HashMap.newHashMap(envelope.items().size());
        for (WorkItem item : envelope.items()) {
            dispatches.put(item.id(), item.dispatch());
        }
        return store.change(
                        dispatches.keySet(),
                        snapshot -> lost(
                                snapshot,
                                dispatches.getOrDefault(snapshot.id(), 0),
                                clock.instant().plus(PAUSE)))
                .retryWhen(Retry.backoff(Long.MAX_VALUE, STORE_PAUSE)
                        .maxBackoff(MAX_STORE_PAUSE)
                        .filter(StoreUnavailableException.class::isInstance))
                .doOnNext(changes -> announce(envelope.kind(), changes))
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

    private List<RequestEvent> lost(RequestSnapshot snapshot, Integer dispatch, Instant notBefore) {
        Fence fence = snapshot.fence();
        if (snapshot.state() == RequestState.QUEUED && fence.dispatch() == dispatch) {
            Fence next = new Fence(fence.dispatch(), fence.delivery() + 1);
            return List.of(new RequestEvent.Returned(clock.instant(), next, 0, Reason.LOST, notBefore));
        }
        return List.of();
    }

    private void announce(String kind, List<RequestChange> changes) {
        announcements.changed(
                changes.stream()
                        .map(RequestChange::after)
                        .map(after -> new Announcement.Change(
                                after.id(), after.seq(), after.state().code()))
                        .toList(),
                List.of(new Announcement.Freed(kind, changes.size())));
        announcements.waiting(Set.of(kind));
    }
}
