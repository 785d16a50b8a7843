package dev.sluice.gateway.store;

import dev.sluice.gateway.request.EventJson;
import dev.sluice.gateway.request.RequestChange;
import dev.sluice.gateway.request.RequestEvent;
import dev.sluice.gateway.request.RequestSnapshot;
import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a batch as columns. An array of strings or bytes may hold nulls; a failure class of null is stored as
 * it was.
 */
final class UpdateRows {

    final UUID[] ids;
    final int[] oldSeqs;
    final int[] states;
    final int[] dispatches;
    final int[] deliveries;
    final int[] ordinals;
    final int[] seqs;
    final int[] attempts;
    final int[] crashes;
    final boolean[] alone;
    final @Nullable UUID[] processors;
    final @Nullable String[] failureClasses;
    final @Nullable String[] failureCodes;
    final @Nullable String[] failureTitles;
    final @Nullable String[] failureDetails;
    final byte[][] events;
    final @Nullable Instant[] notBefores;
    final @Nullable String[] resultTypes;
    final byte[] @Nullable [] results;

    UpdateRows(List<RequestChange> changes) {
        int size = changes.size();
        ids = new UUID[size];
        oldSeqs = new int[size];
        states = new int[size];
        dispatches = new int[size];
        deliveries = new int[size];
        ordinals = new int[size];
        seqs = new int[size];
        attempts = new int[size];
        crashes = new int[size];
        alone = new boolean[size];
        processors = new @Nullable UUID[size];
        failureClasses = new @Nullable String[size];
        failureCodes = new @Nullable String[size];
        failureTitles = new @Nullable String[size];
        failureDetails = new @Nullable String[size];
        events = new byte[size][];
        notBefores = new @Nullable Instant[size];
        resultTypes = new @Nullable String[size];
        results = new byte[size] @Nullable [];
        for (int i = 0; i < size; i++) {
            setSnapshot(i, changes.get(i));
            setEvents(i, changes.get(i));
        }
    }

    private void setSnapshot(int i, RequestChange change) {
        RequestSnapshot after = change.after();
        ids[i] = after.id().value();
        oldSeqs[i] = change.before().seq();
        states[i] = after.state().code();
        dispatches[i] = after.fence().dispatch();
        deliveries[i] = after.fence().delivery();
        ordinals[i] = after.ordinal();
        seqs[i] = after.seq();
        attempts[i] = after.attempt();
        crashes[i] = after.crashes();
        alone[i] = after.alone();
        processors[i] = after.processor();
    }

    private void setEvents(int i, RequestChange change) {
        events[i] = EventJson.encode(change);
        for (RequestEvent event : change.events()) {
            switch (event) {
                case RequestEvent.Retrying retrying -> {
                    notBefores[i] = retrying.notBefore();
                    setFailure(i, FailureClass.TRANSIENT, retrying.failure());
                }
                case RequestEvent.Returned returned -> notBefores[i] = returned.notBefore();
                case RequestEvent.Failed failed -> setFailure(i, failed.failureClass(), failed.failure());
                case RequestEvent.Succeeded succeeded -> {
                    resultTypes[i] = storable(succeeded.result().contentType());
                    results[i] = succeeded.result().bytes();
                }
                case RequestEvent.Accepted _,
                        RequestEvent.Queued _,
                        RequestEvent.Started _,
                        RequestEvent.Progress _,
                        RequestEvent.Output _,
                        RequestEvent.Canceling _,
                        RequestEvent.Canceled _ -> {}
            }
        }
        if (!change.after().state().isWaiting()) {
            notBefores[i] = null; // it went on within the same batch
        }
    }

    private void setFailure(int i, FailureClass failureClass, Failure failure) {
        failureClasses[i] = failureClass.name();
        failureCodes[i] = storable(failure.code());
        failureTitles[i] = storable(failure.title());
        failureDetails[i] = storable(failure.detail());
    }

    /** A text of Postgres holds every character but this one. */
    private static String storable(String text) {
        return text.replace('\0', '\uFFFD');
    }
}
