package dev.sluice.gateway.follow;

import dev.sluice.gateway.web.Problem;
import org.jspecify.annotations.Nullable;

/**
 * A frame that the gateway cannot obey. With a problem, the socket stays open and carries the problem; without one, it
 * is closed as 4400.
 */
final class FrameException extends RuntimeException {

    private final transient @Nullable Problem problem;
    private final String ref;

    private FrameException(String message, @Nullable Problem problem, String ref) {
        super(message, null, false, false);
        this.problem = problem;
        this.ref = ref;
    }

    static FrameException malformed(String message) {
        return new FrameException(message, null, "");
    }

    static FrameException refused(Problem problem, String ref) {
        return new FrameException(problem.detail(), problem, ref);
    }

    @Nullable
    Problem problem() {
        return problem;
    }

    String ref() {
        return ref;
    }
}
