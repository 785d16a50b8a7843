package dev.sluice.gateway.dispatch;

import dev.sluice.message.Wire;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Publishes envelopes whose requests are QUEUED and committed. Requests that the broker does not confirm go back to the
 * backlog under a higher fence, so that a message which arrived after all counts for nothing.
 */
final class WorkPublisher implements MeterBinder {

    private static final Logger log = LoggerFactory.getLogger(WorkPublisher.class);

    private static final Duration DECLARE_TIMEOUT = Duration.ofSeconds(5);

    private final Broker broker;
    private final PublishRoom room;
    private final WorkReturner returner;
    private final UncertainDispatches uncertain;
    private final Set<String> declared = ConcurrentHashMap.newKeySet();
    private final AtomicInteger inFlight = new AtomicInteger();

    WorkPublisher(Broker broker, PublishRoom room, WorkReturner returner, UncertainDispatches uncertain) {
        this.broker = broker;
        this.room = room;
        this.returner = returner;
        this.uncertain = uncertain;
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

    /** Whether the publisher takes more, of any kind. */
    boolean hasRoom() {
        return room.hasRoom();
    }

    PublishRoom room() {
        return room;
    }

    /** Requests that may be QUEUED and that no gateway published. */
    UncertainDispatches uncertain() {
        return uncertain;
    }

    /**
     * Publishes one envelope.
     *
     * @return empty once it is confirmed, or its requests are back in the backlog; does not fail
     */
    Mono<Void> publish(WorkEnvelope envelope) {
        return Mono.defer(() -> {
            byte[] body = Wire.encode(envelope);
            Mono<Void> end = broker.publish(OutboundMessage.durable(Topology.WORK_EXCHANGE, envelope.kind(), body))
                    .onErrorResume(PublishException.class, refused -> giveBack(envelope, refused))
                    .doFinally(_ -> ended(body.length));
            room.hold(1, body.length);
            inFlight.incrementAndGet();
            return end;
        });
    }

    private void ended(int bytes) {
        inFlight.decrementAndGet();
        room.release(1, bytes);
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
        return returner.giveBack(envelope);
    }
}
