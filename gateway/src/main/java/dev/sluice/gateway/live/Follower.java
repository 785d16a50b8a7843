package dev.sluice.gateway.live;

import dev.sluice.gateway.request.EventPage;
import dev.sluice.gateway.request.RequestReader;
import dev.sluice.gateway.request.StoreUnavailableException;
import dev.sluice.message.RequestId;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * One stream's view of the requests it follows. It is pulled: the stream asks for its next {@link Turn} when it has written the last one,
 * so that a slow client costs one page and not a queue. What happens meanwhile only marks a request as having news.
 *
 * <pre>
 * watch, heard ──> marked ──next()──> News ──read()──> page, known seq moves up
 * </pre>
 *
 * <p>Thread-safe; one caller of {@link #next} and {@link #read} at a time. Bounds: as many watches as the stream allows, one page.
 */
final class Follower {

    /** Events in a page, and the bytes of data after which it is cut; at least one event. */
    static final int MAX_PAGE_EVENTS = 64;

    static final int MAX_PAGE_BYTES = 64 * 1024;

    private final String client;
    private final RequestReader reader;
    private final Watches watches;
    private final Runnable onStall;
    private final Map<RequestId, Followed> byId = new HashMap<>();
    private final Queue<Followed> news = new ArrayDeque<>();
    private @Nullable MonoSink<Turn> waiting;
    private boolean waitsForNews;
    private boolean nudged;
    private boolean closing;
    private boolean closed;
    private boolean abandoned;
    /** Since when it waits for a turn, or works on one. */
    private long sinceMs;

    Follower(String client, RequestReader reader, Watches watches, Runnable onStall) {
        this.client = client;
        this.reader = reader;
        this.watches = watches;
        this.onStall = onStall;
        this.sinceMs = watches.nowMs();
    }

    /** Follows a request from seq {@code after} on. Registered before the log is read, so that nothing falls between. */
    void watch(RequestId id, int after) {
        synchronized (this) {
            if (closed || byId.putIfAbsent(id, new Followed(id, after)) != null) {
                return;
            }
        }
        watches.register(id, this);
        wake(id);
    }

    /** Says that the client knows everything up to this seq. */
    synchronized void knows(RequestId id, int seq) {
        Followed watch = byId.get(id);
        if (watch != null) {
            watch.known = seq;
        }
    }

    void unwatch(RequestId id) {
        synchronized (this) {
            Followed watch = byId.remove(id);
            if (watch == null) {
                return;
            }
            news.remove(watch);
        }
        watches.unregister(id, this);
    }

    synchronized boolean watches(RequestId id) {
        return byId.containsKey(id);
    }

    synchronized int size() {
        return byId.size();
    }

    /**
     * The next thing to do.
     *
     * <p>Cold. Waits without bound; cancelling ends the wait.
     *
     * @param wantsNews false while the client has no credit: then only the other turns come
     */
    Mono<Turn> next(boolean wantsNews) {
        return Mono.create(sink -> {
            Turn turn;
            synchronized (this) {
                sinceMs = watches.nowMs();
                turn = ready(wantsNews);
                if (turn == null) {
                    waiting = sink;
                    waitsForNews = wantsNews;
                    return;
                }
            }
            sink.success(turn);
        });
    }

    /**
     * The next page of a request's log. A database that does not answer makes no error here: the page is asked for again with the next
     * re-read, and the stream stays.
     *
     * @return empty if the client has no such request, or the page has to wait
     */
    Mono<EventPage> read(RequestId id, int maxEvents) {
        int after;
        synchronized (this) {
            Followed watch = byId.get(id);
            if (watch == null) {
                return Mono.empty();
            }
            after = watch.known;
        }
        return reader.events(client, id, after, Math.min(maxEvents, MAX_PAGE_EVENTS))
                .map(page -> page.cutTo(MAX_PAGE_BYTES))
                .map(this::movedOn)
                .onErrorResume(StoreUnavailableException.class, _ -> failed(id));
    }

    /** Whether the last read of this request failed, so that an empty read says nothing about it. */
    synchronized boolean awaitsReread(RequestId id) {
        Followed watch = byId.get(id);
        return watch != null && watch.failed;
    }

    /** Wakes the stream for something of its own. */
    void nudge() {
        MonoSink<Turn> sink;
        synchronized (this) {
            nudged = waiting == null;
            sink = take();
        }
        emit(sink, Turn.NUDGED);
    }

    /** A request has this seq now, as somebody said. */
    void heard(RequestId id, int seq) {
        synchronized (this) {
            Followed watch = byId.get(id);
            if (watch == null || seq <= watch.known) {
                return;
            }
        }
        wake(id);
    }

    /** Called regularly: signs of life, failed reads, writes that do not end. */
    void tick(long nowMs, LiveLimits limits) {
        MonoSink<Turn> sink = null;
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
        emit(sink, Turn.IDLE);
        if (stalled) {
            onStall.run();
        }
    }

    /** Reads again what could not be read. */
    void retryFailed() {
        List<Followed> failed;
        synchronized (this) {
            failed = byId.values().stream().filter(watch -> watch.failed).toList();
        }
        failed.forEach(watch -> wake(watch.id));
    }

    /** Asks the stream to end, after what it is doing. */
    void drain() {
        MonoSink<Turn> sink;
        synchronized (this) {
            closing = true;
            sink = take();
        }
        emit(sink, Turn.CLOSING);
    }

    /** Follows nothing any more. Idempotent. */
    void close() {
        List<RequestId> ids;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            waiting = null;
            ids = List.copyOf(byId.keySet());
            byId.clear();
            news.clear();
        }
        ids.forEach(id -> watches.unregister(id, this));
        watches.closed(this);
    }

    private @Nullable Turn ready(boolean wantsNews) {
        if (closing) {
            return Turn.CLOSING;
        }
        if (nudged) {
            nudged = false;
            return Turn.NUDGED;
        }
        return wantsNews ? nextNews() : null;
    }

    private @Nullable Turn nextNews() {
        Followed watch = news.poll();
        if (watch == null) {
            return null;
        }
        watch.marked = false;
        return new Turn.News(watch.id);
    }

    private void wake(RequestId id) {
        MonoSink<Turn> sink;
        Turn turn;
        synchronized (this) {
            Followed watch = byId.get(id);
            if (watch != null && !watch.marked) {
                watch.marked = true;
                news.add(watch);
            }
            if (waiting == null || !waitsForNews) {
                return;
            }
            turn = nextNews();
            sink = turn == null ? null : take();
        }
        if (turn != null) {
            emit(sink, turn);
        }
    }

    private EventPage movedOn(EventPage page) {
        int known =
                page.events().isEmpty() ? page.seq() : page.events().getLast().seq();
        synchronized (this) {
            Followed watch = byId.get(page.id());
            if (watch == null) {
                return page;
            }
            watch.failed = false;
            watch.known = Math.max(watch.known, known);
            if (page.more() && !watch.marked) {
                watch.marked = true;
                news.add(watch);
            }
        }
        return page;
    }

    private synchronized Mono<EventPage> failed(RequestId id) {
        Followed watch = byId.get(id);
        if (watch != null) {
            watch.failed = true;
        }
        return Mono.empty();
    }

    private @Nullable MonoSink<Turn> take() {
        MonoSink<Turn> sink = waiting;
        waiting = null;
        if (sink != null) {
            sinceMs = watches.nowMs();
        }
        return sink;
    }

    private static void emit(@Nullable MonoSink<Turn> sink, Turn turn) {
        if (sink != null) {
            sink.success(turn);
        }
    }
}
