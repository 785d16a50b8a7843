package dev.sluice.gateway.announce;

import dev.sluice.gateway.presence.GatewayIdentity;
import dev.sluice.gateway.presence.LivingGateways;
import dev.sluice.message.Announcement;
import dev.sluice.message.UnreadableMessageException;
import dev.sluice.message.Wire;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.ReceivedMessage;
import dev.sluice.queue.Topology;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Tells all gateways which requests and backlogs changed, after the commit. Listeners in this gateway hear it at once,
 * other gateways through the broker. While this gateway lives alone it sends nothing: half of its messages would be
 * announcements that nobody needs.
 *
 * <p>Announcements are hints: they may be lost, and every listener looks into Postgres from time to time. Changes that
 * wait for the broker are gathered into one message, at most {@link #MAX_CHANGES} changes; beyond that, and while the
 * broker is away, changes are dropped. Thread-safe.
 *
 * <p>Metrics: {@code sluice.announcements.gathered}, changes that wait for the broker; {@code
 * sluice.announcements.untold}, announcements that wait for listeners here, at most {@value #BUFFER}; {@code
 * sluice.announcements.dropped}, changes and announcements given up at these bounds. Alert when {@code dropped} grows:
 * streams are then a re-read late.
 */
public final class Announcements implements MeterBinder {

    private static final Logger log = LoggerFactory.getLogger(Announcements.class);

    private static final int MAX_CHANGES = 10_000;
    private static final int MAX_PER_MESSAGE = 2_000;
    private static final int BUFFER = 1_024;
    private static final int PREFETCH = 256;

    private final GatewayIdentity identity;
    private final LivingGateways gateways;
    private final Broker broker;
    private final Sinks.Many<Announcement> heard = Sinks.many().multicast().directBestEffort();
    private final Disposable.Composite running = Disposables.composite();
    private final Queue<Announcement> toTell = new ConcurrentLinkedQueue<>();
    private final AtomicInteger telling = new AtomicInteger();
    private final AtomicBoolean sending = new AtomicBoolean();
    private final Object gathering = new Object();
    private List<Announcement.Change> changes = new ArrayList<>();
    private Map<String, Integer> freed = new HashMap<>();
    private Set<String> waiting = new HashSet<>();
    private final LongAdder dropped = new LongAdder();

    public Announcements(GatewayIdentity identity, LivingGateways gateways, Broker broker) {
        this.identity = identity;
        this.gateways = gateways;
        this.broker = broker;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        registry.gauge("sluice.announcements.gathered", this, Announcements::gathered);
        registry.gauge("sluice.announcements.untold", telling);
        FunctionCounter.builder("sluice.announcements.dropped", dropped, LongAdder::sum)
                .register(registry);
    }

    /** Begins to listen to other gateways. */
    public Mono<Void> start() {
        return Mono.fromRunnable(() -> running.add(
                broker.consume(Topology.announcements(identity.id()), PREFETCH).subscribe(this::receive)));
    }

    public Mono<Void> stop() {
        return Mono.fromRunnable(running::dispose);
    }

    /**
     * All announcements from now on, of this gateway and of others. Hot; a slow listener loses the newest beyond
     * {@value #BUFFER}.
     */
    public Flux<Announcement> heard() {
        return heard.asFlux()
                .onBackpressureBuffer(BUFFER, _ -> dropped.increment(), BufferOverflowStrategy.DROP_LATEST);
    }

    /** Announces that requests changed and that slots of windows became free. Never blocks. */
    public void changed(List<Announcement.Change> changed, List<Announcement.Freed> slots) {
        tell(new Announcement(identity.id(), changed, slots, List.of()));
    }

    /** Announces that the backlogs of these kinds have new work. Never blocks. */
    public void waiting(Set<String> kinds) {
        tell(new Announcement(identity.id(), List.of(), List.of(), List.copyOf(kinds)));
    }

    private void tell(Announcement announcement) {
        emit(announcement);
        if (!gateways.hasOthers()) {
            return;
        }
        synchronized (gathering) {
            int room = MAX_CHANGES - changes.size();
            int taken = Math.min(room, announcement.changes().size());
            changes.addAll(announcement.changes().subList(0, taken));
            dropped.add(announcement.changes().size() - taken);
            announcement.freed().forEach(slot -> freed.merge(slot.kind(), slot.count(), Integer::sum));
            waiting.addAll(announcement.waiting());
        }
        send();
    }

    /**
     * Several threads announce, and listeners run on the thread that emits. Only one thread emits at a time; another
     * one leaves its announcement to that thread.
     */
    private void emit(Announcement announcement) {
        if (telling.get() >= BUFFER) {
            dropped.increment();
            return;
        }
        toTell.add(announcement);
        if (telling.getAndIncrement() != 0) {
            return;
        }
        do {
            Announcement next = toTell.poll();
            if (next != null) {
                heard.tryEmitNext(next);
            }
        } while (telling.decrementAndGet() != 0);
    }

    /** One message is on its way at a time; changes that are told meanwhile go with the next. */
    private void send() {
        if (!sending.compareAndSet(false, true)) {
            return;
        }
        Announcement next = take();
        if (next == null) {
            sending.set(false);
            if (hasMore()) {
                send();
            }
            return;
        }
        broker.publish(OutboundMessage.hint(Topology.ANNOUNCE_EXCHANGE, Wire.encode(next)))
                .onErrorResume(PublishException.class, _ -> Mono.empty())
                .subscribe(null, error -> sent(), this::sent);
    }

    private void sent() {
        sending.set(false);
        send();
    }

    private int gathered() {
        synchronized (gathering) {
            return changes.size();
        }
    }

    private boolean hasMore() {
        synchronized (gathering) {
            return !changes.isEmpty() || !freed.isEmpty() || !waiting.isEmpty();
        }
    }

    private @Nullable Announcement take() {
        synchronized (gathering) {
            if (!hasMore()) {
                return null;
            }
            List<Announcement.Change> now = changes.subList(0, Math.min(MAX_PER_MESSAGE, changes.size()));
            Announcement next = new Announcement(
                    identity.id(),
                    now,
                    freed.entrySet().stream()
                            .map(slot -> new Announcement.Freed(slot.getKey(), slot.getValue()))
                            .toList(),
                    List.copyOf(waiting));
            changes = new ArrayList<>(changes.subList(now.size(), changes.size()));
            freed = new HashMap<>();
            waiting = new HashSet<>();
            return next;
        }
    }

    private void receive(ReceivedMessage message) {
        message.ack();
        try {
            Announcement announcement = Wire.decodeAnnouncement(message.body());
            if (!announcement.gateway().equals(identity.id())) {
                emit(announcement);
            }
        } catch (UnreadableMessageException unreadable) {
            log.atWarn().addKeyValue("reason", unreadable.getMessage()).log("announcement.unreadable");
        }
    }
}
