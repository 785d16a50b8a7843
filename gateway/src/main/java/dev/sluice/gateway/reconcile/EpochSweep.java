package dev.sluice.gateway.reconcile;

import dev.sluice.gateway.journal.TakeBack;
import dev.sluice.gateway.request.RequestEvent.Returned.Reason;
import dev.sluice.gateway.request.RequestEvidence.Out;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.message.Fence;
import dev.sluice.message.RequestId;
import dev.sluice.queue.BrokerState;
import dev.sluice.queue.Topology;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Is this still the broker we knew? If its marker queue is gone it came back empty: all that was QUEUED goes back to the backlog at once,
 * and a new marker is declared.
 *
 * <p>In embedded mode broker and processors are new with each start, so what was RUNNING goes back as well, as crashed.
 */
final class EpochSweep implements Sweep {

    private static final Logger log = LoggerFactory.getLogger(EpochSweep.class);
    private static final int MAX_OUT = 1_000_000;
    private static final Duration DECLARE_TIMEOUT = Duration.ofSeconds(5);

    private static final String SELECT_SQL = "select epoch from broker_epoch";

    private static final String REPLACE_SQL = """
            insert into broker_epoch (epoch, since) values ($1, now())
            on conflict (only_row) do update set epoch = excluded.epoch, since = excluded.since
            where broker_epoch.epoch = $2""";

    private final SweepContext context;
    private final boolean processorsGoWithBroker;
    private final AtomicInteger losses = new AtomicInteger();
    private volatile int knownAfter = -1;

    EpochSweep(SweepContext context, boolean processorsGoWithBroker) {
        this.context = context;
        this.processorsGoWithBroker = processorsGoWithBroker;
    }

    @Override
    public String name() {
        return "broker_epoch";
    }

    /** The connection was lost: the next run looks again. */
    void look() {
        losses.incrementAndGet();
    }

    @Override
    public Mono<Integer> run() {
        int looked = losses.get();
        if (knownAfter == looked || context.broker().state() == BrokerState.DISCONNECTED) {
            return Mono.just(0);
        }
        Instant before = context.clock().instant();
        return context.database()
                .query(SELECT_SQL, _ -> {}, row -> Objects.requireNonNull(row.get(0, UUID.class)))
                .flatMap(rows -> rows.isEmpty() ? begin(new UUID(0, 0)) : compare(rows.getFirst(), before))
                .doOnNext(_ -> knownAfter = looked);
    }

    private Mono<Integer> compare(UUID epoch, Instant before) {
        return context.broker()
                .exists(Topology.epoch(epoch).name())
                .flatMap(there -> there
                        ? Mono.just(0)
                        : takeBackAll(before).flatMap(count -> begin(epoch).thenReturn(count)));
    }

    /** What was dispatched before we looked; later dispatches went to the broker that is there now. */
    private Mono<Integer> takeBackAll(Instant before) {
        Level level = processorsGoWithBroker ? Level.INFO : Level.WARN; // in one process each start is a new broker
        log.atLevel(level).log("broker.came_back_empty");
        return context.evidence()
                .out(MAX_OUT)
                .map(outs -> outs.stream().filter(out -> isLost(out, before)).toList())
                .flatMap(this::takeBack);
    }

    private boolean isLost(Out out, Instant before) {
        boolean lost = out.state() == RequestState.QUEUED || processorsGoWithBroker || out.processor() == null;
        return lost && out.dispatchedAt().isBefore(before);
    }

    private Mono<Integer> takeBack(List<Out> outs) {
        Map<RequestId, Fence> fences = outs.stream().collect(Collectors.toMap(Out::id, Out::fence));
        Instant now = context.clock().instant();
        // CRASHED counts only for what ran, and only where the processor went down with the broker's memory.
        Reason reason = processorsGoWithBroker ? Reason.CRASHED : Reason.LOST;
        return context.journal()
                .change(
                        fences.keySet(),
                        snapshot ->
                                TakeBack.events(snapshot, fences.getOrDefault(snapshot.id(), Fence.NONE), reason, now))
                .map(List::size);
    }

    private Mono<Integer> begin(UUID old) {
        // Random bits may be read from a file.
        return Mono.fromSupplier(UUID::randomUUID)
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(epoch -> mark(epoch, old));
    }

    /** The marker first: a marker too many is harmless, a missing one would take everything back again. */
    private Mono<Integer> mark(UUID epoch, UUID old) {
        return context.broker()
                .declare(Topology.epoch(epoch))
                .timeout(DECLARE_TIMEOUT)
                .then(context.database()
                        .update(
                                REPLACE_SQL,
                                statement -> statement.bind("$1", epoch).bind("$2", old)))
                .doOnNext(_ -> log.atInfo().addKeyValue("epoch", epoch).log("broker.epoch"))
                .thenReturn(0);
    }
}
