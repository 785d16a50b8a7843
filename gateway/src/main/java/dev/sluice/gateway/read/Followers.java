package dev.sluice.gateway.read;

import dev.sluice.gateway.announce.Announcements;
import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.store.RequestReader;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemException;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.message.Announcement;
import dev.sluice.message.RequestId;
import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/**
 * All followers of this gateway and the requests that they follow. Announcements wake them, and a re-read makes up for
 * a lost announcement.
 *
 * <p>Thread-safe. Bound: {@link FollowLimits#maxStreams}. Metrics: {@code sluice.live.streams} and
 * {@code sluice.live.watched}, gauges; {@code sluice.live.stalled}, streams closed because their client did not read.
 * Alert when streams stay near the bound.
 */
public final class Followers {

    private static final Duration TICK = Duration.ofSeconds(1);
    /** Ids in one query of the re-read. */
    private static final int REREAD_IDS = 1_000;

    private final Announcements announcements;
    private final RequestReader reader;
    private final Broker broker;
    private final Scheduler scheduler;
    private final FollowLimits limits;
    private final Counter stalled;
    private final Map<RequestId, Set<Follower>> index = new ConcurrentHashMap<>();
    private final Set<Follower> followers = ConcurrentHashMap.newKeySet();
    private final AtomicInteger streams = new AtomicInteger();
    private final Disposable.Composite running = Disposables.composite();
    private volatile boolean draining;

    public Followers(
            Announcements announcements,
            RequestReader reader,
            Broker broker,
            Scheduler scheduler,
            FollowLimits limits,
            MeterRegistry meters) {
        this.announcements = announcements;
        this.reader = reader;
        this.broker = broker;
        this.scheduler = scheduler;
        this.limits = limits;
        stalled = meters.counter("sluice.live.stalled");
        meters.gauge("sluice.live.streams", streams);
        meters.gauge("sluice.live.watched", index, Map::size);
    }

    /** Begins to listen. */
    public void start() {
        running.add(announcements.heard().subscribe(this::heard));
        running.add(Flux.interval(TICK, scheduler).onBackpressureDrop().subscribe(_ -> tick()));
        running.add(Flux.interval(limits.reread(), scheduler)
                .onBackpressureDrop()
                .map(_ -> BrokerState.CONNECTED)
                .mergeWith(broker.states())
                .filter(state -> state == BrokerState.CONNECTED)
                .onBackpressureLatest()
                .concatMap(_ -> reread(), 1)
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, limits.reread()).scheduler(scheduler))
                .subscribe());
    }

    /**
     * Tells every stream to end with a hint to come back.
     *
     * @return empty once the streams are gone, or after {@code atMost}
     */
    public Mono<Void> drain(Duration atMost) {
        return Mono.defer(() -> {
            draining = true;
            followers.forEach(Follower::drain);
            return Flux.interval(Duration.ofMillis(20), scheduler)
                    .onBackpressureDrop()
                    .takeUntil(_ -> streams.get() == 0)
                    .take(atMost, scheduler)
                    .then();
        });
    }

    /** Stops listening. */
    public void stop() {
        running.dispose();
    }

    /**
     * A new stream; its user closes it.
     *
     * @param onStall closes its connection
     * @throws ProblemException {@code too-many-streams} at the bound, {@code draining} while the gateway stops
     */
    public Follower open(Client client, Runnable onStall) {
        requireRoom();
        if (streams.incrementAndGet() > limits.maxStreams()) {
            streams.decrementAndGet();
            throw full();
        }
        Follower follower = new Follower(client, reader, this, () -> stalled(onStall));
        followers.add(follower);
        if (draining) {
            follower.drain();
        }
        return follower;
    }

    /**
     * Refuses while a refusal can still be an answer: before a stream has begun.
     *
     * @throws ProblemException as {@link #open} does
     */
    public void requireRoom() {
        if (draining) {
            throw new Problem(ProblemType.DRAINING, "This gateway is stopping").toException();
        }
        if (streams.get() >= limits.maxStreams()) {
            throw full();
        }
    }

    private ProblemException full() {
        return new Problem(ProblemType.TOO_MANY_STREAMS, "At most " + limits.maxStreams() + " streams at once")
                .toException();
    }

    void closed(Follower follower) {
        if (followers.remove(follower)) {
            streams.decrementAndGet();
        }
    }

    void register(RequestId id, Follower follower) {
        index.compute(id, (_, present) -> with(present, follower));
    }

    void unregister(RequestId id, Follower follower) {
        index.computeIfPresent(id, (_, present) -> without(present, follower));
    }

    long nowMs() {
        return scheduler.now(TimeUnit.MILLISECONDS);
    }

    private void heard(Announcement announcement) {
        for (Announcement.Change change : announcement.changes()) {
            wake(change.id(), change.seq());
        }
    }

    private void wake(RequestId id, int seq) {
        for (Follower follower : index.getOrDefault(id, Set.of())) {
            follower.heard(id, seq);
        }
    }

    private void tick() {
        long now = nowMs();
        followers.forEach(follower -> follower.tick(now, limits));
    }

    private Mono<Void> reread() {
        followers.forEach(Follower::retryFailed);
        return Flux.fromIterable(index.keySet())
                .buffer(REREAD_IDS)
                .concatMap(reader::standings, 1)
                .doOnNext(standings -> standings.forEach(standing -> wake(standing.id(), standing.seq())))
                .then();
    }

    private void stalled(Runnable onStall) {
        stalled.increment();
        onStall.run();
    }

    private static Set<Follower> with(@Nullable Set<Follower> present, Follower follower) {
        Set<Follower> all = present == null ? ConcurrentHashMap.newKeySet(1) : present;
        all.add(follower);
        return all;
    }

    /** The set without one of its members; null, and so no entry, if it is empty then. */
    private static @Nullable Set<Follower> without(Set<Follower> present, Follower follower) {
        present.remove(follower);
        return present.isEmpty() ? null : present;
    }
}
