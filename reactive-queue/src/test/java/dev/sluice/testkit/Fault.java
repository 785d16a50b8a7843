package dev.sluice.testkit;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** The treatment of the bytes of one direction of a {@link FaultProxy}. Thread-safe; each change acts at once. */
public final class Fault {

    private final RandomGenerator random;
    private Duration latency = Duration.ZERO;
    private Duration jitter = Duration.ZERO;
    private long bytesPerSecond = Long.MAX_VALUE;
    private int sliceBytes = Integer.MAX_VALUE;
    private long bytesLeft = Long.MAX_VALUE;
    private boolean silent;

    Fault(RandomGenerator random) {
        this.random = random;
    }

    /** Delays all bytes by {@code mean} ± {@code spread}. */
    public synchronized void latency(Duration mean, Duration spread) {
        latency = mean;
        jitter = spread;
        notifyAll();
    }

    /** Lets so many bytes through in a second. */
    public synchronized void bandwidth(long limit) {
        bytesPerSecond = Math.max(1, limit);
        notifyAll();
    }

    /** Holds all bytes while {@code on}, without closing anything. */
    public synchronized void timeout(boolean on) {
        silent = on;
        notifyAll();
    }

    /** Cuts the stream into writes of 1 to {@code maxBytes} bytes. */
    public synchronized void slicer(int maxBytes) {
        sliceBytes = Math.max(1, maxBytes);
    }

    /** Lets so many bytes through, over all connections, and closes the connection that wants to send one more. */
    public synchronized void limitData(long bytes) {
        bytesLeft = bytes;
        notifyAll();
    }

    /** Ends all faults. */
    public synchronized void clear() {
        latency = Duration.ZERO;
        jitter = Duration.ZERO;
        bytesPerSecond = Long.MAX_VALUE;
        sliceBytes = Integer.MAX_VALUE;
        bytesLeft = Long.MAX_VALUE;
        silent = false;
        notifyAll();
    }

    /** When bytes that were read now may go on. */
    synchronized long dueNanos(long readNanos) {
        long spread = jitter.toNanos();
        long offset = spread == 0 ? 0 : random.nextLong(-spread, spread + 1);
        return readNanos + Math.max(0, latency.toNanos() + offset);
    }

    synchronized void awaitVoice() throws InterruptedException {
        while (silent) {
            wait();
        }
    }

    /**
     * Waits until bytes may be written, and returns how many of {@code wanted}; 0 once the connection must be closed.
     */
    synchronized int await(long dueNanos, int wanted) throws InterruptedException {
        long waitNanos = dueNanos - System.nanoTime();
        while (silent || waitNanos > 0) {
            // The latency may have been cleared meanwhile: never wait longer than it is now.
            long bound = Math.min(waitNanos, latency.plus(jitter).toNanos());
            if (silent) {
                wait();
            } else if (bound <= 0) {
                break;
            } else {
                wait(bound / 1_000_000, (int) (bound % 1_000_000));
            }
            waitNanos = dueNanos - System.nanoTime();
        }
        int slice = sliceBytes == Integer.MAX_VALUE ? wanted : random.nextInt(1, sliceBytes + 1);
        // A twentieth of a second's worth at a time.
        long burst = Math.max(1, bytesPerSecond / 20);
        int allowed = (int) Math.min(Math.min(wanted, slice), Math.min(burst, bytesLeft));
        if (bytesLeft != Long.MAX_VALUE) {
            bytesLeft -= allowed;
        }
        return allowed;
    }

    /** How long the line is busy with so many bytes. */
    synchronized long busyNanos(int bytes) {
        return bytesPerSecond == Long.MAX_VALUE ? 0 : bytes * 1_000_000_000L / bytesPerSecond;
    }
}
