package dev.sluice.gateway.request;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where a request is.
 *
 * <pre>
 * ACCEPTED   durable, in the backlog       -> QUEUED | CANCELED
 * QUEUED     handed to the broker          -> RUNNING | CANCELING | ACCEPTED (handed back, or evidence of loss) | any
 * end RUNNING    tokens held                   -> SUCCEEDED | RETRYING | FAILED | CANCELING | ACCEPTED (handed back,
 * crashed) RETRYING   waits in the backlog          -> QUEUED | CANCELED
 * CANCELING  asked, repeated each 2 s      -> CANCELED | SUCCEEDED (it won the race)
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

    /** Whether the outcome stands. */
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
