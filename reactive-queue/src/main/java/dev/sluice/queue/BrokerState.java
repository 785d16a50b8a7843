package dev.sluice.queue;

/** Whether publishing is possible. */
public enum BrokerState {
    /** Messages flow. */
    CONNECTED,
    /** Connected, but the broker has asked publishers to wait (memory or disk alarm, or a full local queue). */
    BLOCKED,
    /** No connection; it is being made again. */
    DISCONNECTED
}
