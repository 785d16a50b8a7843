package dev.sluice.gateway.dispatch;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * This gateway's estimate of one kind: how many requests are out, and whether any are due in the backlog. Thread-safe,
 * lock-free.
 *
 * <p>Out = the last count of Postgres + requests that this gateway handed out since − requests that were announced as
 * freed since. Hints may be lost, so the number drifts until the next count; the window is soft by that much.
 */
final class KindWindow {

    private final AtomicInteger out = new AtomicInteger();
    private final AtomicInteger reserved = new AtomicInteger();
    private final AtomicInteger unsynced = new AtomicInteger();
    private volatile boolean backlogEmpty;
    private long arrivals;
    private volatile BacklogState counted = BacklogState.EMPTY;
    private volatile long addedRequests;
    private volatile long addedBytes;

    int out() {
        return out.get();
    }

    int room(int window) {
        return Math.max(0, window - out.get());
    }

    /** Takes a slot, if there is one and no request waits. */
    boolean tryReserve(int window) {
        if (!backlogEmpty) {
            return false;
        }
        if (out.incrementAndGet() > window) {
            out.decrementAndGet();
            return false;
        }
        reserved.incrementAndGet();
        return true;
    }

    /** Whether an insert holds slots whose end is not known yet. */
    boolean hasReserved() {
        return reserved.get() > 0;
    }

    /** The slots that were reserved are taken by committed rows now, which the next count sees. */
    void committed(int count) {
        reserved.addAndGet(-count);
        unsynced.addAndGet(count);
    }

    /** The rows were not written: their slots are free. */
    void aborted(int count) {
        reserved.addAndGet(-count);
        out.addAndGet(-count);
    }

    /** Notes that so many were taken from the backlog. */
    void dispatched(int count) {
        out.addAndGet(count);
        unsynced.addAndGet(count);
    }

    void freed(int count) {
        out.updateAndGet(now -> Math.max(0, now - count));
    }

    /** Before Postgres is asked: requests that are committed from here on may not be in its answer. */
    void beginCount() {
        unsynced.set(0);
    }

    /** Postgres' answer. */
    void counted(int count) {
        out.set(count + reserved.get() + unsynced.get());
    }

    boolean backlogEmpty() {
        return backlogEmpty;
    }

    /** A request waits, or may wait. No request goes past the backlog until it was looked at. */
    synchronized void arrived() {
        arrivals++;
        backlogEmpty = false;
    }

    /** To be read before the backlog is looked at. */
    synchronized long arrivals() {
        return arrivals;
    }

    /**
     * The backlog was looked at and nothing was due: it is empty, unless a request arrived since {@code arrivals} was
     * read.
     */
    synchronized void foundEmpty(long arrivalsBefore) {
        backlogEmpty = arrivals == arrivalsBefore;
    }

    BacklogState backlog() {
        BacklogState last = counted;
        return new BacklogState(last.requests() + addedRequests, last.bytes() + addedBytes);
    }

    synchronized void waiting(long requests, long bytes) {
        addedRequests += requests;
        addedBytes += bytes;
    }

    synchronized void backlogCounted(BacklogState now) {
        counted = now;
        addedRequests = 0;
        addedBytes = 0;
    }
}
