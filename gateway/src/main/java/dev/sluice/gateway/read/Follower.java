package dev.sluice.gateway.read;

import dev.sluice.gateway.request.Client;
import dev.sluice.gateway.request.EventPage;
import dev.sluice.gateway.store.RequestReader;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.RequestId;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * One stream's view of the requests it follows. It is pulled: the stream asks for its next {@link NextStep} when it has
 * written the last one, so that a slow client costs one page and not a queue. A change meanwhile only marks its request
 * as having news.
 *
 * <pre>
 * follow, heard ─> marked ──next()──> News ──read()──> page, known seq moves up
 * </pre>
 *
 * <p>Thread-safe; one caller of {@link #next} and {@link #read} at a time. Bounds: as many requests as the stream
 * allows, one page.
 */
public final class Follower {

    /** Events in a page, and the bytes of data after which it is cut; at least one event. */
    public static final int MAX_PAGE_EVENTS = 64;

    static final int MAX_PAGE_BYTES = 64 * 1024;

    private final Client client;
    private final RequestReader reader;
    private final Followers followers;
    private final Runnable onStall;
    private final FollowedRequests followed = new FollowedRequests();
    private @Nullable MonoSink<NextStep> waiting;
    private boolean waitsForNews;
    private boolean nudged;
    private boolean closing;
    private boolean closed;
    private boolean abandoned;
    /** The time since which the stream waits for a step, or works on one. */
    private long sinceMs;

    Follower(Client client, RequestReader reader, Followers followers, Runnable onStall) {
        this.client = client;
        this.reader = reader;
        this.followers = followers;
        this.onStall = onStall;
        this.sinceMs = followers.nowMs();
    }

    /**
     * Follows a request from seq {@code after} on. It is registered before the log is read, so that no event falls
     * between.
     */
    public void follow(RequestId id, int after) {
        synchronized (this) {
            if (closed || !followed.add(id, after)) {
                return;
            }
        }
        followers.register(id, this);
        wake(id);
    }

    /** Notes that the client knows the log up to this seq. */
    public synchronized void knows(RequestId id, int seq) {
        followed.knows(id, seq);
    }

    public void unfollow(RequestId id) {
        synchronized (this) {
            if (!followed.remove(id)) {
                return;
            }
        }
        followers.unregister(id, this);
    }

    public synchronized boolean follows(RequestId id) {
        return followed.contains(id);
    }

    public synchronized int size() {
        return followed.size();
    }

    /**
     * The next step.
     *
     * <p>Cold. Waits without bound; cancelling ends the wait.
     *
     * @param wantsNews false while the client has no credit: then {@link NextStep.News} is kept back
     */
    public Mono<NextStep> next(boolean wantsNews) {
        return Mono.create(sink -> {
            NextStep step;
            synchronized (this) {
                sinceMs = followers.nowMs();
                step = ready(wantsNews);
                if (step == null) {
                    waiting = sink;
                    waitsForNews = wantsNews;
                    return;
                }
            }
            sink.success(step);
        });
    }

    /**
     * The next page of a request's log. A database that does not answer causes no error here: the next re-read asks for
     * the page again, and the stream stays.
     *
     * @return empty if the client has no such request, or the page has to wait
     */
    public Mono<EventPage> read(RequestId id, int maxEvents) {
        OptionalInt after = known(id);
        if (after.isEmpty()) {
            return Mono.empty();
        }
        return reader.events(client, id, after.getAsInt(), Math.min(maxEvents, MAX_PAGE_EVENTS))
                .map(page -> page.cutTo(MAX_PAGE_BYTES))
                .map(this::movedOn)
                .onErrorResume(StoreUnavailableException.class, _ -> failed(id));
    }

    /** Whether the last read of this request failed, so that an empty read says nothing about it. */
    public synchronized boolean awaitsReread(RequestId id) {
        return followed.hasFailed(id);
    }

    /** Wakes the stream for something of its own, such as an answer. */
    public void nudge() {
        MonoSink<NextStep> sink;
        synchronized (this) {
            nudged = waiting == null;
            sink = take();
        }
        emit(sink, NextStep.NUDGED);
    }

    /** An announcement or a re-read says that the request has this seq now. */
    void heard(RequestId id, int seq) {
        if (seq > known(id).orElse(Integer.MAX_VALUE)) {
            wake(id);
        }
    }

    /** Called regularly: gives a sign of life to a quiet stream, and ends a write that hangs. */
    void tick(long nowMs, FollowLimits limits) {
        MonoSink<NextStep> sink = null;
        boolean stalled;
        synchronized (this) {
            long forMs = nowMs - sinceMs;
            stalled = !abandoned
                    && waiting == null
                    && forMs >= limits.stallTimeout().toMillis();
            abandoned |= stalled;
            if (waiting != null && forMs >= limits.heartbeat().toMillis()) {
                sink = take();
            }
        }
        emit(sink, NextStep.IDLE);
        if (stalled) {
            onStall.run();
        }
    }

    /** Reads again the requests that could not be read. */
    void retryFailed() {
        List<RequestId> failed;
        synchronized (this) {
            failed = followed.failed();
        }
        failed.forEach(this::wake);
    }

    /** Asks the stream to end after its present step. */
    void drain() {
        MonoSink<NextStep> sink;
        synchronized (this) {
            closing = true;
            sink = take();
        }
        emit(sink, NextStep.CLOSING);
    }

    /** Follows nothing any more. Idempotent. */
    public void close() {
        List<RequestId> ids;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            waiting = null;
            ids = followed.clear();
        }
        ids.forEach(id -> followers.unregister(id, this));
        followers.closed(this);
    }

    private @Nullable NextStep ready(boolean wantsNews) {
        if (closing) {
            return NextStep.CLOSING;
        }
        if (nudged) {
            nudged = false;
            return NextStep.NUDGED;
        }
        return wantsNews ? nextNews() : null;
    }

    private @Nullable NextStep nextNews() {
        RequestId id = followed.poll();
        return id == null ? null : new NextStep.News(id);
    }

    private void wake(RequestId id) {
        MonoSink<NextStep> sink;
        NextStep step;
        synchronized (this) {
            followed.mark(id);
            if (waiting == null || !waitsForNews) {
                return;
            }
            step = nextNews();
            sink = step == null ? null : take();
        }
        if (step != null) {
            emit(sink, step);
        }
    }

    private synchronized OptionalInt known(RequestId id) {
        return followed.known(id);
    }

    private synchronized EventPage movedOn(EventPage page) {
        followed.movedOn(page);
        return page;
    }

    private synchronized Mono<EventPage> failed(RequestId id) {
        followed.failed(id);
        return Mono.empty();
    }

    private @Nullable MonoSink<NextStep> take() {
        MonoSink<NextStep> sink = waiting;
        waiting = null;
        if (sink != null) {
            sinceMs = followers.nowMs();
        }
        return sink;
    }

    private static void emit(@Nullable MonoSink<NextStep> sink, NextStep step) {
        if (sink != null) {
            sink.success(step);
        }
    }
}
