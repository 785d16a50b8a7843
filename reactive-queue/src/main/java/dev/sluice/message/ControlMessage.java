package dev.sluice.message;

import java.util.List;

/** What gateways tell all processors. A hint, repeated until it has its effect. */
public sealed interface ControlMessage {

    /** Stop these, where you hold them. */
    record Cancel(List<RequestId> ids) implements ControlMessage {
        public Cancel {
            ids = List.copyOf(ids);
        }
    }
}
