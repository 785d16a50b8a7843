package dev.sluice.gateway.request;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The state of a request.
 *
 * <pre>
 * ACCEPTED   durable, in the backlog     -> QUEUED | CANCELED
 * QUEUED     handed to the broker        -> RUNNING | CANCELING | ACCEPTED (handed back, or evidence of loss)
 *                                           | SUCCEEDED, FAILED, RETRYING (the run ended before its start was heard)
 * RUNNING    tokens are held             -> SUCCEEDED | RETRYING | FAILED | CANCELING
 *                                           | ACCEPTED (handed back, or its processor died)
 * RETRYING   waits in the backlog        -> QUEUED | CANCELED
 * CANCELING  asked to stop, each 2 s     -> CANCELED | SUCCEEDED (the work was faster)
 * SUCCEEDED, FAILED, CANCELED: done, never left
 * </pre>
 */
public enum RequestState {
    ACCEPTED(1),
    QUEUED(2),
    RUNNING(3),
    RETRYING(4),
    CANCELING(5),
    SUCCEEDED(20),
    FAILED(21),
    CANCELED(22),
    /** Written by a newer version: shown, and left alone. Never written by this one. */
    UNKNOWN(-1);

    private static final Map<Integer, RequestState> BY_CODE =
            Stream.of(values()).collect(Collectors.toUnmodifiableMap(state -> (int) state.code, state -> state));

    private final byte code;

    RequestState(int code) {
        this.code = (byte) code;
    }

    /** The state with this code; {@link #UNKNOWN} for a code that this version does not know. */
    public static RequestState of(int code) {
        return BY_CODE.getOrDefault(code, UNKNOWN);
    }

    /** As stored and announced; never reused. */
    public byte code() {
        return code;
    }

    /** Whether the request has ended; such a state is never left. */
    public boolean isDone() {
        return code >= SUCCEEDED.code;
    }

    /** Whether the request is out at broker or processor and takes a slot of its kind's window. */
    public boolean isDispatched() {
        return this == QUEUED || this == RUNNING || this == CANCELING;
    }

    /** Whether the request waits in the backlog. */
    public boolean isWaiting() {
        return this == ACCEPTED || this == RETRYING;
    }
}
