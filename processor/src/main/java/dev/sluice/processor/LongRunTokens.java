package dev.sluice.processor;

import java.util.HashMap;
import java.util.Map;

/** The tokens that long runs hold, at one moment: those will not be free soon. Not thread-safe. */
final class LongRunTokens {

    private final Map<String, Integer> byKind = new HashMap<>();
    private int all;

    static LongRunTokens of(HeldRuns runs) {
        LongRunTokens tokens = new LongRunTokens();
        runs.forEach(tokens::add);
        return tokens;
    }

    /** The most tokens that another run of a kind can get meanwhile. */
    int left(Kind kind, int total) {
        return Math.min(total - all, kind.tokens() - byKind.getOrDefault(kind.name(), 0));
    }

    boolean any() {
        return all > 0;
    }

    private void add(Run run) {
        if (run.isLongAndRuns()) {
            byKind.merge(run.kind(), run.tokens(), Integer::sum);
            all += run.tokens();
        }
    }
}
