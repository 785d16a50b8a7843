package dev.sluice.gateway.request;

/**
 * Where a request is.
 *
 * <pre>
 * ACCEPTED   durable, in the backlog       -> QUEUED | CANCELED
 * QUEUED     handed to the broker          -> RUNNING | CANCELING | ACCEPTED (handed back, or evidence of loss) | any end
 * RUNNING    tokens held                   -> SUCCEEDED | RETRYING | FAILED | CANCELING | ACCEPTED (handed back, crashed)
 * RETRYING   waits in the backlog          -> QUEUED | CANCELED
 * CANCELING  asked, repeated each 5 s      -> CANCELED | SUCCEEDED (it won the race)
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
    CANCELED(22);

    private static final RequestState[] BY_CODE = byCode();

    private final byte code;

    RequestState(int code) {
        this.code = (byte) code;
    }

    /** The state with this code. */
    public static RequestState of(int code) {
        return BY_CODE[code];
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

    private static RequestState[] byCode() {
        RequestState[] states = new RequestState[CANCELED.code + 1];
        for (RequestState state : values()) {
            states[state.code] = state;
        }
        return states;
    }
}
