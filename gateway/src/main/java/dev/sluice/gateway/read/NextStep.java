package dev.sluice.gateway.read;

import dev.sluice.message.RequestId;

/** The next step of a follower. */
public sealed interface NextStep {

    /** This request may have events that the stream has not read yet. */
    record News(RequestId id) implements NextStep {}

    /** The stream's own side has something to send. */
    record Nudged() implements NextStep {}

    /** Nothing was sent for the time of a heartbeat. */
    record Idle() implements NextStep {}

    /** The gateway stops: say so and end. */
    record Closing() implements NextStep {}

    NextStep NUDGED = new Nudged();
    NextStep IDLE = new Idle();
    NextStep CLOSING = new Closing();
}
