package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.presence.GatewayIdentity;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.request.RequestOptions;
import dev.sluice.message.Announcement;
import dev.sluice.message.WorkItem;
import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reactive demand, continued into the database: at most a window of each kind is out.
 *
 * <p>Only the gateway that owns a kind dispatches it. It lets new requests go straight to the broker while it knows the
 * backlog empty ({@link #tryReserve}); all other requests wait in the backlog and leave as the window frees. While the
 * broker is away nothing is dispatched and nothing is lost. Thread-safe.
 */
public final class Dispatcher {

    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

    private static final Duration TICK = Duration.ofSeconds(2);

    /** A second less than a part has: that is for the leases. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);

    private final GatewayIdentity identity;
    private final Kinds kinds;
    private final KindClaims claims;
    private final BacklogCounts counts;
    private final TakerTools tools;
    private final Broker broker;
    private final Map<String, BacklogTaker> takers = new ConcurrentHashMap<>();
    private final Disposable.Composite running = Disposables.composite();
    private volatile boolean stopping;

    Dispatcher(
            GatewayIdentity identity,
            Kinds kinds,
            KindClaims claims,
            BacklogCounts counts,
            TakerTools tools,
            Broker broker) {
        this.identity = identity;
        this.kinds = kinds;
        this.claims = claims;
        this.counts = counts;
        this.tools = tools;
        this.broker = broker;
    }

    /** Begins to claim kinds and to dispatch them. A kind that is claimed is dispatched, so its window comes first. */
    public Mono<Void> start() {
        return count().onErrorResume(Exception.class, Dispatcher::failed)
                .then(Mono.defer(this::claim))
                .onErrorResume(Exception.class, Dispatcher::failed)
                .doOnSuccess(_ -> listen());
    }

    /** Dispatches nothing more, waits for confirms, and lets other gateways have its kinds. */
    public Mono<Void> stop() {
        return Mono.defer(() -> {
            stopping = true;
            running.dispose();
            takers.values().forEach(BacklogTaker::stop);
            takers.values().forEach(BacklogTaker::wake); // a last look for uncertain dispatches
            return Flux.interval(Duration.ofMillis(10), tools.scheduler())
                    .onBackpressureDrop()
                    .takeUntil(_ -> tools.publisher().inFlight() == 0
                            && takers.values().stream().allMatch(BacklogTaker::isIdle))
                    .take(STOP_TIMEOUT, tools.scheduler())
                    .then(claims.release());
        });
    }

    /**
     * Whether a new request may go straight to the broker: this gateway owns the kind, no request waits before it, the
     * publisher has room, and there is a free slot, which it takes. Never blocks. Followed by {@link #committed},
     * {@link #aborted} or {@link #uncertain}.
     */
    public boolean tryReserve(String kind) {
        KindPolicy policy = dispatchable(kind);
        return policy != null
                && tools.publisher().isDeclared(kind)
                && tools.publisher().hasRoom()
                && takerOf(kind).window().tryReserve(policy.window());
    }

    /**
     * These are in Postgres now: QUEUED requests are published; for the others the backlog is looked at. Never blocks.
     */
    public void committed(List<NewRequest> requests) {
        Map<String, List<WorkItem>> queued = new HashMap<>();
        Set<String> waiting = new HashSet<>();
        for (NewRequest request : requests) {
            if (request.queued()) {
                queued.computeIfAbsent(request.kind(), _ -> new ArrayList<>()).add(item(request));
            } else {
                waiting.add(request.kind());
                KindWindow window = takerOf(request.kind()).window();
                window.arrived();
                window.waiting(1, request.payload().size());
            }
        }
        queued.forEach(this::publishQueued);
        if (!waiting.isEmpty()) {
            tools.announcements().waiting(waiting);
        }
    }

    /** These were not written: their slots are free again. */
    public void aborted(List<NewRequest> requests) {
        for (NewRequest request : requests) {
            if (request.queued()) {
                takerOf(request.kind()).window().aborted(1);
            }
        }
    }

    /**
     * It is not known whether these were written: their slots are free again, and those that may be QUEUED are looked
     * up. Never blocks.
     */
    public void uncertain(List<NewRequest> requests) {
        aborted(requests);
        requests.stream()
                .filter(NewRequest::queued)
                .collect(Collectors.groupingBy(
                        NewRequest::kind, Collectors.mapping(NewRequest::id, Collectors.toList())))
                .forEach((kind, ids) -> {
                    takerOf(kind).addUncertain(ids);
                    takerOf(kind).wake();
                });
    }

    /** Whether requests may be QUEUED by this gateway that are not known to be with the broker. */
    boolean hasWorkInFlight() {
        return tools.publisher().inFlight() > 0
                || tools.publisher().uncertain().size() > 0
                || takers.values().stream()
                        .anyMatch(taker -> !taker.isIdle() || taker.window().hasReserved());
    }

    /** The size of a kind's backlog. Never blocks. */
    public BacklogState backlog(String kind) {
        return takerOf(kind).window().backlog();
    }

    /** The kind's policy if it may be dispatched from here now. */
    private @Nullable KindPolicy dispatchable(String kind) {
        boolean open = !stopping && broker.state() == BrokerState.CONNECTED && claims.owns(kind);
        return open ? kinds.find(kind).orElse(null) : null;
    }

    private void publishQueued(String kind, List<WorkItem> items) {
        BacklogTaker taker = takerOf(kind);
        taker.window().committed(items.size());
        kinds.find(kind).ifPresent(policy -> taker.publishItems(policy, items));
    }

    private void listen() {
        running.add(tools.announcements().heard().subscribe(this::heard));
        running.add(broker.states().subscribe(this::connection));
        Flux<Long> ticks = Flux.interval(TICK, tools.scheduler());
        at(Flux.merge(ticks, claims.occasions()), this::claim);
        at(ticks, this::count);
    }

    /** Leases are renewed apart from the counts: a count that waits for a locked table must not let them end. */
    private void at(Flux<?> moments, Supplier<Mono<Void>> step) {
        running.add(moments.onBackpressureLatest()
                .concatMap(_ -> step.get().onErrorResume(Exception.class, Dispatcher::failed), 1)
                .subscribe());
    }

    private void heard(Announcement announcement) {
        for (Announcement.Freed freed : announcement.freed()) {
            BacklogTaker taker = takerOf(freed.kind());
            taker.window().freed(freed.count());
            if (claims.owns(freed.kind()) && !taker.window().backlogEmpty()) {
                taker.wake();
            }
        }
        for (String kind : announcement.waiting()) {
            BacklogTaker taker = takerOf(kind);
            taker.window().arrived();
            if (claims.owns(kind)) {
                taker.wake();
            }
        }
    }

    private void connection(BrokerState state) {
        if (state == BrokerState.CONNECTED) {
            takers.values().forEach(BacklogTaker::wake);
        } else if (state == BrokerState.DISCONNECTED) {
            tools.publisher().forgetDeclared();
        }
    }

    private Mono<Void> claim() {
        return claims.claim().doOnNext(this::claimed).then();
    }

    /**
     * A kind that is gained may have a backlog. A kind of another gateway gets requests that this one never hears of,
     * so its backlog is not known to be empty.
     */
    private void claimed(KindClaims.Claim claim) {
        takers.forEach((kind, taker) -> {
            if (!claim.owned().contains(kind)) {
                taker.window().arrived();
            }
        });
        claim.gained().forEach(kind -> takerOf(kind).wake());
    }

    /** Corrects the windows and the backlogs, and looks whether a hint was lost. */
    private Mono<Void> count() {
        Set<String> names = claims.names();
        names.forEach(this::takerOf);
        takers.values().forEach(taker -> taker.window().beginCount());
        return counts.count(names).doOnNext(this::counted).then();
    }

    /**
     * A backlog that is known to be empty, and that Postgres counts as empty, is not looked at, nor that of a kind of
     * another gateway, unless a round has to look for uncertain dispatches.
     */
    private void counted(Map<String, BacklogCounts.Count> byKind) {
        takers.forEach((kind, taker) -> {
            BacklogCounts.Count count = byKind.getOrDefault(kind, BacklogCounts.Count.NONE);
            taker.window().counted(count.out());
            taker.window().backlogCounted(count.waiting());
            boolean mayWait = count.waiting().requests() > 0 || !taker.window().backlogEmpty();
            if ((mayWait && claims.owns(kind)) || tools.publisher().uncertain().has(kind)) {
                taker.wake();
            }
        });
    }

    private BacklogTaker takerOf(String kind) {
        return takers.computeIfAbsent(
                kind, name -> new BacklogTaker(name, identity.id(), () -> dispatchable(name), tools));
    }

    private static WorkItem item(NewRequest request) {
        RequestOptions options = request.options();
        return new WorkItem(
                request.id(),
                1,
                1,
                options.maxAttempts(),
                options.cost(),
                false,
                options.timeout(),
                request.createdAt(),
                options.traceparent(),
                request.payload());
    }

    private static Mono<Void> failed(Exception error) {
        log.atWarn().addKeyValue("reason", error.getMessage()).log("dispatch.tick_failed");
        return Mono.empty();
    }
}
