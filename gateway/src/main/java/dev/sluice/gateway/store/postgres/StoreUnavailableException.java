package dev.sluice.gateway.store.postgres;

/**
 * Postgres did not answer in time or not at all. Whether a write took place is unknown, unless {@link #isUncertain}
 * says that it was not even begun.
 */
public final class StoreUnavailableException extends RuntimeException {

    private final boolean uncertain;

    public StoreUnavailableException(String message, Throwable cause) {
        this(message, cause, true);
    }

    public StoreUnavailableException(String message, Throwable cause, boolean uncertain) {
        super(message, cause, false, false);
        this.uncertain = uncertain;
    }

    /** Whether a statement was on its way: then it may have taken place. */
    public boolean isUncertain() {
        return uncertain;
    }
}
