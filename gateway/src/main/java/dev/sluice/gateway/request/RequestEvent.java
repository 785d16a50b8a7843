package dev.sluice.gateway.request;

import dev.sluice.message.Failure;
import dev.sluice.message.FailureClass;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import java.time.Instant;
import java.util.UUID;

/** A fact in a request's log, decided by a transition. */
public sealed interface RequestEvent {

    Instant at();

    /** The request is durable. Derived from its row, never written to the log. */
    record Accepted(Instant at) implements RequestEvent {}

    /** The request was handed to the broker. Its first such event is derived from its row. */
    record Queued(Instant at, int dispatch) implements RequestEvent {}

    /** The request runs at a processor, alone or beside other work. */
    record Started(Instant at, Fence fence, int ordinal, UUID processor, boolean alone) implements RequestEvent {}

    /** The progress of the run, as one JSON value. */
    record Progress(Instant at, Fence fence, int ordinal, String json) implements RequestEvent {}

    /** A piece of output before the end. */
    record Output(Instant at, Fence fence, int ordinal, byte[] chunk) implements RequestEvent {}

    /**
     * The attempt failed; the next one is due at {@code notBefore}. An uncounted one ({@code NotYet}) does not use up
     * an attempt.
     */
    record Retrying(Instant at, Fence fence, int ordinal, Failure failure, boolean counted, Instant notBefore)
            implements RequestEvent {}

    /** The request is back in the backlog without a verdict, to be dispatched again from {@code notBefore} on. */
    record Returned(Instant at, Fence fence, int ordinal, Reason reason, Instant notBefore) implements RequestEvent {

        /** Why it came back. */
        public enum Reason {
            /** The processor gave it back: it stops, or could not start it in time. */
            HANDED_BACK,
            /** Its message was delivered a second time, or lost: it is not known how far its run got. */
            LOST,
            /** Its processor died while it ran. */
            CRASHED
        }
    }

    /** Done, with a result. */
    record Succeeded(Instant at, Fence fence, int ordinal, Payload result) implements RequestEvent {}

    /** Done, without a result: a permanent failure, poison, or no attempt left. */
    record Failed(Instant at, Fence fence, int ordinal, FailureClass failureClass, Failure failure)
            implements RequestEvent {}

    /** The request was asked to stop while it is out. */
    record Canceling(Instant at) implements RequestEvent {}

    /** Done: stopped as asked. */
    record Canceled(Instant at, Fence fence, int ordinal) implements RequestEvent {}
}
