package dev.sluice.gateway.follow;

import dev.sluice.gateway.read.Follower;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The state of one socket besides its events: answers to send, the credit of its client, and the reason to close it.
 * Thread-safe. Bound: {@link #MAX_ANSWERS} and {@link #MAX_ANSWER_BYTES}; at the bound the client is too slow.
 */
final class SocketOutbox {

    static final int MAX_ANSWERS = 1_000;
    static final int MAX_ANSWER_BYTES = 64 * 1024;
    private static final int MAX_CREDIT = 1_000_000;

    private final Queue<byte[]> answers = new ArrayDeque<>();
    private final UnwrittenAnswers unwritten;
    private int bytes;
    private boolean ended;
    private boolean creditGiven;
    private int credit;
    private @Nullable CloseCode close;

    SocketOutbox(UnwrittenAnswers unwritten) {
        this.unwritten = unwritten;
    }

    synchronized void say(byte[] answer) {
        if (ended) {
            return;
        }
        if (answers.size() == MAX_ANSWERS || answer.length > MAX_ANSWER_BYTES - bytes) {
            closeFor(CloseCode.TOO_SLOW);
        } else {
            answers.add(answer);
            bytes += answer.length;
            unwritten.add(1, answer.length);
        }
    }

    synchronized List<byte[]> answers() {
        List<byte[]> taken = new ArrayList<>(answers);
        unwritten.add(-taken.size(), -bytes);
        answers.clear();
        bytes = 0;
        return taken;
    }

    /** The socket is gone: nothing is sent any more. */
    synchronized void end() {
        ended = true;
        answers();
    }

    /** Closes the socket; the first reason stands. */
    synchronized void closeFor(CloseCode reason) {
        if (close == null) {
            close = reason;
        }
    }

    synchronized @Nullable CloseCode close() {
        return close;
    }

    synchronized void credit(int n) {
        creditGiven = true;
        credit = Math.min(MAX_CREDIT, credit + n);
    }

    /** How many events may go now; a client that never gave credit gets a page at a time. */
    synchronized int demand() {
        return creditGiven ? Math.min(credit, Follower.MAX_PAGE_EVENTS) : Follower.MAX_PAGE_EVENTS;
    }

    synchronized void spend(int events) {
        if (creditGiven) {
            credit = Math.max(0, credit - events);
        }
    }
}
