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
    /** Its message went back to the broker, and another processor may have it. */
    FORSAKEN
}
