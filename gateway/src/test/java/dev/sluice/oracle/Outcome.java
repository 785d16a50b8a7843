package dev.sluice.oracle;

import java.util.Map;

/**
 * The observations of a run that broke no promise.
 *
 * @param facts of its calls
 * @param returned how often its requests came back to the backlog, by reason
 */
record Outcome(History.Facts facts, Map<String, Integer> returned) {

    int returnedFor(String reason) {
        return returned.getOrDefault(reason, 0);
    }

    @Override
    public String toString() {
        return facts.kinds().size() + " invoked, " + facts.accepted().size() + " accepted, "
                + facts.refused().size() + " refused, " + facts.unknown() + " unknown, "
                + facts.repeated().size() + " repeated, returned " + returned + ", 0 violations";
    }
}
