package dev.sluice.processor;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The processing tokens of one processor: never more than {@link #total} are out.
 *
 * <p>Claims are granted in the order of their arrival. A claim for more than the free tokens keeps all later ones
 * waiting, so that tokens gather for it; other kinds overtake only a kind that has used up its own share. Thread-safe:
 * state is behind one lock, and {@link #grant} grants on one thread at a time, outside it. The number of waiting claims
 * is bounded by the prefetch of the consumers.
 */
final class ProcessingTokens {

    /** A claim for tokens. Its values do not change. */
    interface Claim {
        String kind();

        /** How many tokens it takes. */
        int tokens();

        /** Whether it takes all tokens, whatever the share of its kind. */
        boolean alone();

        /** False once it no longer wants the tokens: it is then forgotten. */
        boolean waiting();

        /** Gives it the tokens; must not throw, and must see to their {@link ProcessingTokens#release}. */
        void granted();
    }

    private final int total;
    private final BooleanSupplier open;
    private final Runnable afterGrants;
    private final Map<String, KindQueue> queues = new LinkedHashMap<>();
    private final AtomicInteger grantRounds = new AtomicInteger();
    private int free;
    private long arrivals;

    /**
     * @param shares the most tokens that each kind may use
     * @param open whether claims may be granted now
     * @param afterGrants called after each round of grants
     */
    ProcessingTokens(int total, Map<String, Integer> shares, BooleanSupplier open, Runnable afterGrants) {
        this.total = total;
        this.open = open;
        this.afterGrants = afterGrants;
        free = total;
        shares.forEach((kind, share) -> queues.put(kind, new KindQueue(share, share < total)));
    }

    int total() {
        return total;
    }

    synchronized int inUse() {
        return total - free;
    }

    synchronized int waiting() {
        return queues.values().stream().mapToInt(KindQueue::size).sum();
    }

    /** Queues a claim; it is granted by a later {@link #grant}. */
    synchronized void add(Claim claim) {
        queueOf(claim).add(new Waiting(arrivals++, claim));
    }

    /** Gives the tokens of a granted claim back; they are granted again by a later {@link #grant}. */
    synchronized void release(Claim claim) {
        free += claim.tokens();
        queueOf(claim).inUse -= claim.tokens();
    }

    /**
     * Grants all claims that can be granted. Called again while it runs, from a grant or another thread, it returns at
     * once and the running call goes round again. So the stack stays flat, even if many claims end at once in their own
     * start.
     */
    void grant() {
        if (grantRounds.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            for (Claim claim = next(); claim != null; claim = next()) {
                claim.granted();
            }
            afterGrants.run();
            seen = grantRounds.addAndGet(-seen);
        } while (seen != 0);
    }

    private synchronized @Nullable Claim next() {
        KindQueue first = open.getAsBoolean() ? firstInLine(queues.values()) : null;
        if (first == null || first.head().claim().tokens() > free) {
            return null;
        }
        Claim claim = first.poll();
        free -= claim.tokens();
        return claim;
    }

    private static @Nullable KindQueue firstInLine(Collection<KindQueue> queues) {
        KindQueue first = null;
        for (KindQueue queue : queues) {
            if (queue.hasEligible()
                    && (first == null || queue.head().arrival() < first.head().arrival())) {
                first = queue;
            }
        }
        return first;
    }

    private KindQueue queueOf(Claim claim) {
        KindQueue queue = queues.get(claim.kind());
        if (queue == null) {
            throw new IllegalArgumentException("no share for the kind " + claim.kind());
        }
        return queue;
    }

    private record Waiting(long arrival, Claim claim) {}

    /** The claims of one kind, in order. */
    private static final class KindQueue {
        private final int share;
        private final boolean limited;
        private final Queue<Waiting> claims = new ArrayDeque<>();
        private int inUse;

        /** @param limited whether the share is less than all */
        KindQueue(int share, boolean limited) {
            this.share = share;
            this.limited = limited;
        }

        void add(Waiting waiting) {
            claims.add(waiting);
        }

        int size() {
            return claims.size();
        }

        /** Whether the head fits the kind's share; heads that gave up are forgotten first. */
        boolean hasEligible() {
            while (!claims.isEmpty() && !claims.element().claim().waiting()) {
                claims.remove();
            }
            if (claims.isEmpty()) {
                return false;
            }
            Claim head = head().claim();
            return !limited || head.alone() || inUse + head.tokens() <= share;
        }

        Waiting head() {
            return claims.element();
        }

        Claim poll() {
            Claim claim = claims.remove().claim();
            inUse += claim.tokens();
            return claim;
        }
    }
}
