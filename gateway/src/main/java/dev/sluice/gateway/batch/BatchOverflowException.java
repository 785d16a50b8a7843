package dev.sluice.gateway.batch;

/**
 * The batcher is at a bound or closed, and did not take the item. Expected under overload, so it has no stack trace.
 */
public final class BatchOverflowException extends RuntimeException {

    /** The bound that kept the item out; {@code CLOSED} after {@link MicroBatcher#close}. */
    public enum Bound {
        ITEMS,
        BYTES,
        CLOSED
    }

    private final Bound bound;

    BatchOverflowException(String batcher, Bound bound) {
        super(batcher + " takes no more: " + bound, null, false, false);
        this.bound = bound;
    }

    public Bound bound() {
        return bound;
    }
}
