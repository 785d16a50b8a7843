package dev.sluice.message;

import java.util.List;

/** A message of gateways to all processors. A hint, repeated until it has its effect. */
public sealed interface ControlMessage {

    /** Stop these requests, if you hold them. */
    record Cancel(List<RequestId> ids) implements ControlMessage {
        public Cancel {
            ids = List.copyOf(ids);
        }
    }
}
