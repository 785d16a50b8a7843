package dev.sluice.gateway.batch;

/** The batcher holds all it may, or is closed; the item was not taken. Expected under overload: without stack trace. */
public final class BatchOverflowException extends RuntimeException {

    /** Which bound was met. */
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
