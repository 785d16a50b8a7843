package dev.sluice.gateway.cancel;

import dev.sluice.message.ControlMessage;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.Topology;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Asks all processors to stop work. A hint: a sender that needs the effect repeats it. */
public final class StopHints {

    private static final Logger log = LoggerFactory.getLogger(StopHints.class);

    private static final int MAX_PER_MESSAGE = 1_000;

    private final Broker broker;

    public StopHints(Broker broker) {
        this.broker = broker;
    }

    /** To stop canceled requests. Never blocks, never fails. */
    public void cancel(List<RequestId> ids) {
        send(ids, ControlMessage.Cancel::new);
    }

    /** To stop runs whose reports do not count any more. Never blocks, never fails. */
    public void forsake(List<ControlMessage.Dispatch> dispatches) {
        send(dispatches, ControlMessage.Forsake::new);
    }

    private <T> void send(List<T> all, Function<List<T>, ControlMessage> message) {
        for (int from = 0; from < all.size(); from += MAX_PER_MESSAGE) {
            List<T> some = all.subList(from, Math.min(from + MAX_PER_MESSAGE, all.size()));
            send(Wire.encode(message.apply(some)));
        }
    }

    private void send(byte[] body) {
        broker.publish(OutboundMessage.hint(Topology.CONTROL_EXCHANGE, body))
                .onErrorResume(PublishException.class, error -> {
                    log.atDebug().addKeyValue("reason", error.getMessage()).log("stop.not_sent");
                    return Mono.empty();
                })
                .subscribe();
    }
}
