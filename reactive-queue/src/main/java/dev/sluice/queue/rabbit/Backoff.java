package dev.sluice.queue.rabbit;

import java.time.Duration;

/** Pauses between tries: 0.1 s, doubled up to 2 s. Confined to one thread. */
final class Backoff {

    private static final long FIRST_MS = 100;
    private static final long LAST_MS = 2_000;

    private long nextMs = FIRST_MS;

    /** The pause before the next try. */
    Duration next() {
        long pause = nextMs;
        nextMs = Math.min(LAST_MS, nextMs * 2);
        return Duration.ofMillis(pause);
    }

    /** It worked: the next pause is the shortest again. */
    void reset() {
        nextMs = FIRST_MS;
    }
}
