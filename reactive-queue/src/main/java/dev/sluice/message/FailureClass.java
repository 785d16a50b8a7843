package dev.sluice.message;

/** The class of a failure; the processor classifies, the journal decides the consequence. */
public enum FailureClass {
    /** May succeed when tried again. */
    TRANSIENT,
    /** Will fail again in the same way. */
    PERMANENT,
    /** Not possible yet for a business reason: no attempt is counted. */
    NOT_YET
}
