package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.kind.KindPolicy;
import dev.sluice.gateway.request.DispatchedRequest;
import dev.sluice.gateway.request.RequestState;
import dev.sluice.gateway.store.Backlog;
import dev.sluice.gateway.store.UncertainTakeException;
import dev.sluice.message.Announcement;
import dev.sluice.message.RequestId;
import dev.sluice.message.WorkEnvelope;
import dev.sluice.message.WorkItem;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Empties the backlog of one kind as its window frees: one batch at a time, again until a look from the start has taken
 * all there was. Then it waits until it is woken, or the next place is due.
 */
final class BacklogTaker {

    private static final Logger log = LoggerFactory.getLogger(BacklogTaker.class);

    private static final int MAX_ROWS = 512;
    private static final long MAX_BYTES = 8L << 20;
    private static final int MAX_ENTERED = 2_000;
    private static final Duration RETRY = Duration.ofMillis(500);

    private final String kind;
    private final KindWindow window = new KindWindow();
    private final UUID gateway;
    private final Supplier<@Nullable KindPolicy> policy;
    private final TakerTools tools;
    private final BacklogCursor cursor = new BacklogCursor(System::nanoTime);
    private final RoundLoop rounds = new RoundLoop(this::lookUpAndTake, this::failed);
    private final Runnable whenRoom = this::wake;
    private final Disposable.Swap alarm = Disposables.swap();

    /** The share of the last round. It is closed by now, unless an error kept the round from closing it. */
    private PublishRoom.@Nullable Share share;

    /** @param policy the kind's policy if it may be dispatched from here now, else null */
    BacklogTaker(String kind, UUID gateway, Supplier<@Nullable KindPolicy> policy, TakerTools tools) {
        this.kind = kind;
        this.gateway = gateway;
        this.policy = policy;
        this.tools = tools;
    }

    KindWindow window() {
        return window;
    }

    /** Takes what is due, soon. Never blocks. */
    void wake() {
        rounds.wake();
    }

    boolean isIdle() {
        return rounds.isIdle();
    }

    void stop() {
        alarm.dispose();
    }

    /** The look comes between two takes: see {@link UncertainDispatches}. */
    private Mono<Void> lookUpAndTake() {
        return tools.publisher().uncertain().lookUp(kind).then(Mono.defer(this::round));
    }

    private Mono<Void> round() {
        KindPolicy current = policy.get();
        if (current == null) {
            window.arrived();
            return Mono.empty();
        }
        int rows = Math.min(MAX_ROWS, window.room(current.window()));
        return rows == 0
                ? Mono.empty()
                : tools.publisher().declare(kind).then(Mono.defer(() -> takeBatch(current, rows)));
    }

    private Mono<Void> takeBatch(KindPolicy current, int rows) {
        PublishRoom.Share room = tools.publisher().room().take(rows, MAX_BYTES, whenRoom);
        if (room == null) {
            return Mono.empty(); // a confirm that frees room wakes this taker
        }
        share = room;
        long arrivals = window.arrivals();
        return Mono.using(() -> room, given -> take(given, current), PublishRoom.Share::close)
                .flatMap(batch -> batch.isEnd() ? end(batch, arrivals) : again());
    }

    private Mono<Backlog.Batch> take(PublishRoom.Share room, KindPolicy current) {
        return entered()
                .flatMap(entered ->
                        tools.backlog().dispatch(kind, gateway, cursor.begin(entered), room.rows(), room.bytes()))
                .doOnError(UncertainTakeException.class, lost -> addUncertain(lost.ids()))
                .map(batch -> took(current, batch));
    }

    /** Most looks go on where the last one ended: for these, no place has to enter the order. */
    private Mono<List<Backlog.Place>> entered() {
        return cursor.choose() == BacklogCursor.Look.ON
                ? Mono.just(List.of())
                : tools.backlog().enterDue(kind, MAX_ENTERED);
    }

    /** Called on a thread of the store: an Error of the JVM that got out of here would end the round unheard. */
    private Backlog.Batch took(KindPolicy current, Backlog.Batch batch) {
        try {
            cursor.ended(batch);
            publish(current, batch.requests());
            return batch;
        } catch (Error error) {
            addUncertain(idsOf(batch.requests()));
            throw new IllegalStateException("a batch was taken and not published: " + error, error);
        }
    }

    /** No place lies behind this batch. Only a look from the start says that none lies before it either. */
    private Mono<Void> end(Backlog.Batch batch, long arrivals) {
        if (cursor.isWholeBacklog(batch)) {
            return lookAhead(arrivals);
        }
        Duration wait = cursor.untilStart();
        if (wait.isZero()) {
            return again();
        }
        alarm.update(tools.after(wait, this::wake));
        return Mono.empty();
    }

    private Mono<Void> again() {
        rounds.again();
        return Mono.empty();
    }

    private Mono<Void> lookAhead(long arrivals) {
        window.foundEmpty(arrivals);
        return tools.backlog().nextDue(kind).doOnSuccess(this::setAlarm).then();
    }

    private void setAlarm(@Nullable Instant next) {
        if (next == null) {
            alarm.update(Disposables.disposed());
            return;
        }
        Duration wait = Duration.between(tools.now(), next);
        if (wait.isPositive()) {
            alarm.update(tools.after(wait, this::due));
        } else {
            due(); // it became due meanwhile
        }
    }

    private void due() {
        window.arrived();
        alarm.update(tools.after(Duration.ofMillis(5), this::wake));
    }

    private void publish(KindPolicy current, List<DispatchedRequest> taken) {
        if (taken.isEmpty()) {
            return;
        }
        tools.publisher().uncertain().published(kind, idsOf(taken));
        window.dispatched(taken.size());
        tools.announce(taken.stream()
                .map(request -> new Announcement.Change(request.item().id(), request.seq(), RequestState.QUEUED.code()))
                .toList());
        publishItems(current, taken.stream().map(DispatchedRequest::item).toList());
    }

    /** It is unknown whether these are QUEUED, and no gateway publishes them; a round looks them up. */
    void addUncertain(List<RequestId> ids) {
        tools.publisher().uncertain().add(kind, ids);
    }

    private static List<RequestId> idsOf(List<DispatchedRequest> requests) {
        return requests.stream().map(request -> request.item().id()).toList();
    }

    /** Publishes committed work; confirms are not waited for. */
    void publishItems(KindPolicy current, List<WorkItem> items) {
        // The items have their slots already: without them, a full window would allow envelopes of one request only.
        EnvelopeBounds bounds = tools.sizing().bounds(current, window.room(current.window()) + items.size());
        List<WorkEnvelope> envelopes = Envelopes.pack(kind, items, bounds);
        Flux.fromIterable(envelopes)
                .flatMap(tools.publisher()::publish, Math.max(1, envelopes.size()))
                .subscribe();
    }

    private void failed(Throwable error) {
        if (share != null) {
            share.close();
        }
        window.arrived();
        log.atWarn()
                .addKeyValue("kind", kind)
                .addKeyValue("reason", error.toString())
                .log("dispatch.round_failed");
        alarm.update(tools.after(RETRY, this::wake));
    }
}
