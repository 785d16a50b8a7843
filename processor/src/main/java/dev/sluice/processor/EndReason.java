package dev.sluice.processor;

/** Why a run is told to end. */
enum EndReason {
    /** Its caller gave up. */
    CANCELED,
    /** Its time is over. */
    TIMED_OUT,
    /** The processor stops. */
    STOPPING,
    /** The processor cannot start it in time. */
    LATE,
    /** It may be in vain: its message went back to the broker, or its request was dispatched again or has ended. */
    FORSAKEN
}
