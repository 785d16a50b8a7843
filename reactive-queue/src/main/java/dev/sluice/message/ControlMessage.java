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

    /** Stop these dispatches and earlier ones of the same requests: nothing that they report counts. */
    record Forsake(List<Dispatch> dispatches) implements ControlMessage {
        public Forsake {
            dispatches = List.copyOf(dispatches);
        }
    }

    /** One dispatch of a request; see {@link Fence#dispatch}. */
    record Dispatch(RequestId id, int dispatch) {}
}
