package dev.sluice.gateway.read;

import dev.sluice.message.RequestId;

/** What a follower should do next. */
public sealed interface NextStep {

    /** This request has events that were not read yet, or may have. */
    record News(RequestId id) implements NextStep {}

    /** The stream's own side has something to say. */
    record Nudged() implements NextStep {}

    /** Nothing was said for the time of a heartbeat. */
    record Idle() implements NextStep {}

    /** The gateway stops: say so and end. */
    record Closing() implements NextStep {}

    NextStep NUDGED = new Nudged();
    NextStep IDLE = new Idle();
    NextStep CLOSING = new Closing();
}
