package dev.sluice.message;

/** What kind of failure it was; the processor classifies, the journal decides what follows. */
public enum FailureClass {
    /** May succeed when tried again. */
    TRANSIENT,
    /** Will fail again in the same way. */
    PERMANENT,
    /** Not possible yet for a business reason: no attempt is counted. */
    NOT_YET
}
