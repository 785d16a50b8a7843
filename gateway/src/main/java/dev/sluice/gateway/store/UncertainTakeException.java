package dev.sluice.gateway.store;

import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.message.RequestId;
import java.util.List;

/** The end of a take is unknown: its requests wait as before, or they are QUEUED and nobody publishes them. */
public final class UncertainTakeException extends RuntimeException {

    private final List<RequestId> ids;

    UncertainTakeException(List<RequestId> ids, StoreUnavailableException unknown) {
        super(unknown.getMessage(), unknown, false, false);
        this.ids = List.copyOf(ids);
    }

    /** The requests that were to be taken. */
    public List<RequestId> ids() {
        return ids;
    }
}
