package dev.sluice.gateway.live;

import dev.sluice.message.RequestId;

/** What a follower should do next. */
sealed interface Turn {

    /** This request has events that were not read yet, or may have. */
    record News(RequestId id) implements Turn {}

    /** The stream's own side has something to say. */
    record Nudged() implements Turn {}

    /** Nothing was said for the time of a heartbeat. */
    record Idle() implements Turn {}

    /** The gateway stops: say so and end. */
    record Closing() implements Turn {}

    Turn NUDGED = new Nudged();
    Turn IDLE = new Idle();
    Turn CLOSING = new Closing();
}
