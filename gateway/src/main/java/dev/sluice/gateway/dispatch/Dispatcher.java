package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.control.KindPolicy;
import dev.sluice.gateway.request.Backlog;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.Announcement;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Reactive demand, continued into the database: at most a window of each kind is out.
 *
 * <p>Only the gateway that owns a kind dispatches it. It lets new requests go straight to the broker while it knows the backlog empty
 * ({@link #tryReserve}); everything else waits in the backlog and leaves as the window frees. While the broker is away nothing is
 * dispatched and nothing is lost. Thread-safe.
 */
public final class Dispatcher {

    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

    private static final Duration TICK = Duration.ofSeconds(2);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(4);

    /** Rows that the size of a backlog is the sum of: with more the owner of the kind folds them. */
    private static final int MAX_PARTS = 200;

    private final DispatchControl control;
    private final DispatchStore store;
    private final Broker broker;
    private final Clock clock;
    private final Scheduler scheduler;
    private final Duration consumerTimeout;
    private final KindLeases leases;
    private final WorkPublisher publisher;
    private final Map<String, KindDrain> drains = new ConcurrentHashMap<>();
    private final Disposable.Composite running = Disposables.composite();
    private volatile boolean stopping;

    public Dispatcher(
            DispatchControl control,
            DispatchStore store,
            Broker broker,
            Clock clock,
            Scheduler scheduler,
            Duration consumerTimeout) {
        this.control = control;
        this.store = store;
        this.broker = broker;
        this.clock = clock;
        this.scheduler = scheduler;
        this.consumerTimeout = consumerTimeout;
        leases = new KindLeases(control.identity().id(), store.database());
        publisher = new WorkPublisher(broker, store.requests(), control.announcements(), clock);
    }

    /** Shows how many envelopes wait for their confirm. */
    public void bindTo(MeterRegistry registry) {
        registry.gauge("sluice.dispatch.unconfirmed", publisher, WorkPublisher::inFlight);
    }

    /** Begins to claim kinds and to dispatch them. */
    public Mono<Void> start() {
        return tick().onErrorResume(Exception.class, Dispatcher::failed).doOnSuccess(_ -> listen());
    }

    /** Dispatches nothing more, waits for confirms, and lets other gateways have our kinds. */
    public Mono<Void> stop() {
        return Mono.defer(() -> {
            stopping = true;
            running.dispose();
            drains.values().forEach(KindDrain::stop);
            return Flux.interval(Duration.ofMillis(10), scheduler)
                    .onBackpressureDrop()
                    .takeUntil(_ -> publisher.inFlight() == 0
                            && drains.values().stream().allMatch(KindDrain::isIdle))
                    .take(STOP_TIMEOUT, scheduler)
                    .then(leases.release());
        });
    }

    /**
     * Whether a new request may go straight to the broker: this gateway owns the kind, nobody waits before it, and there is a free slot,
     * which it takes. Never blocks. Followed by {@link #committed} or {@link #aborted}.
     */
    public boolean tryReserve(String kind, int cost) {
        KindPolicy policy = dispatchable(kind);
        return policy != null
                && publisher.isDeclared(kind)
                && drainOf(kind).window().tryReserve(policy.window());
    }

    /** These are in Postgres now: QUEUED ones are published, for the others the backlog is looked at. Never blocks. */
    public void committed(List<NewRequest> requests) {
        Map<String, List<WorkItem>> queued = new HashMap<>();
        Set<String> waiting = new HashSet<>();
        for (NewRequest request : requests) {
            if (request.queued()) {
                queued.computeIfAbsent(request.kind(), _ -> new ArrayList<>()).add(item(request));
            } else {
                waiting.add(request.kind());
                KindWindow window = drainOf(request.kind()).window();
                window.arrived();
                window.waiting(1, request.payload().size());
            }
        }
        queued.forEach(this::publishQueued);
        if (!waiting.isEmpty()) {
            control.announcements().waiting(waiting);
        }
    }

    /** These were not written: their slots are free again. */
    public void aborted(List<NewRequest> requests) {
        for (NewRequest request : requests) {
            if (request.queued()) {
                drainOf(request.kind()).window().aborted(1);
            }
        }
    }

    /** How much of a kind waits. Never blocks. */
    public BacklogState backlog(String kind) {
        return drainOf(kind).window().backlog();
    }

    /** The kind's policy if it may be dispatched from here now. */
    @Nullable
    KindPolicy dispatchable(String kind) {
        boolean open = !stopping && broker.state() == BrokerState.CONNECTED && leases.owns(kind);
        return open ? control.kinds().find(kind).orElse(null) : null;
    }

    UUID gateway() {
        return control.identity().id();
    }

    Backlog backlog() {
        return store.backlog();
    }

    WorkPublisher publisher() {
        return publisher;
    }

    Mono<Void> declare(String kind) {
        return publisher.declare(kind);
    }

    Instant now() {
        return clock.instant();
    }

    Disposable after(Duration wait, Runnable task) {
        return scheduler.schedule(task, wait.toMillis() + 1, TimeUnit.MILLISECONDS);
    }

    void announce(List<Announcement.Change> changes) {
        control.announcements().changed(changes, List.of());
    }

    EnvelopeBounds bounds(KindPolicy policy, int freeWindow) {
        return EnvelopeBounds.of(policy, control.processors(), freeWindow, consumerTimeout);
    }

    private void publishQueued(String kind, List<WorkItem> items) {
        KindDrain drain = drainOf(kind);
        drain.window().committed(items.size());
        control.kinds().find(kind).ifPresent(policy -> drain.publishItems(policy, items));
    }

    private void listen() {
        running.add(control.announcements().heard().subscribe(this::heard));
        running.add(broker.states().subscribe(this::connection));
        running.add(Flux.interval(TICK, scheduler)
                .onBackpressureDrop()
                .concatMap(_ -> tick().onErrorResume(Exception.class, Dispatcher::failed), 1)
                .subscribe());
    }

    private void heard(Announcement announcement) {
        for (Announcement.Freed freed : announcement.freed()) {
            KindDrain drain = drainOf(freed.kind());
            drain.window().freed(freed.count());
            if (!drain.window().backlogEmpty()) {
                drain.wake();
            }
        }
        for (String kind : announcement.waiting()) {
            KindDrain drain = drainOf(kind);
            drain.window().arrived();
            drain.wake();
        }
    }

    private void connection(BrokerState state) {
        if (state == BrokerState.CONNECTED) {
            drains.values().forEach(KindDrain::wake);
        } else if (state == BrokerState.DISCONNECTED) {
            publisher.forgetDeclared();
        }
    }

    /** Renews leases, corrects the windows and the backlogs, and looks whether a hint was lost. */
    private Mono<Void> tick() {
        Set<String> kinds =
                Set.copyOf(control.kinds().all().stream().map(KindPolicy::name).toList());
        kinds.forEach(this::drainOf);
        drains.values().forEach(drain -> drain.window().beginCount());
        return leases.claim(kinds)
                .then(store.evidence().outByKind())
                .zipWhen(_ -> store.backlog().sizes())
                .doOnNext(counts -> counted(kinds, counts.getT1(), counts.getT2()))
                .flatMap(counts -> fold(counts.getT2()))
                .doOnSuccess(_ -> drains.values().forEach(KindDrain::wake));
    }

    private void counted(
            Set<String> kinds, Map<String, Map<RequestState, Integer>> out, Map<String, Backlog.Size> backlogs) {
        drains.forEach((kind, drain) -> {
            Backlog.Size size = backlogs.getOrDefault(kind, Backlog.Size.EMPTY);
            drain.window().counted(sum(out.getOrDefault(kind, Map.of())));
            drain.window().backlogCounted(new BacklogState(size.requests(), size.bytes()));
        });
        store.metrics().counted(kinds, backlogs, out);
    }

    private Mono<Void> fold(Map<String, Backlog.Size> backlogs) {
        List<String> many = backlogs.entrySet().stream()
                .filter(backlog -> backlog.getValue().parts() > MAX_PARTS && leases.owns(backlog.getKey()))
                .map(Map.Entry::getKey)
                .toList();
        return many.isEmpty() ? Mono.empty() : store.backlog().fold(many);
    }

    private KindDrain drainOf(String kind) {
        return drains.computeIfAbsent(kind, name -> new KindDrain(name, this));
    }

    private static int sum(Map<RequestState, Integer> byState) {
        return byState.values().stream().mapToInt(Integer::intValue).sum();
    }

    private static WorkItem item(NewRequest request) {
        return new WorkItem(
                request.id(),
                1,
                1,
                request.maxAttempts(),
                request.cost(),
                false,
                request.timeout(),
                request.createdAt(),
                request.traceparent(),
                request.payload());
    }

    private static Mono<Void> failed(Exception error) {
        log.atWarn().addKeyValue("reason", error.getMessage()).log("dispatch.tick_failed");
        return Mono.empty();
    }
}
