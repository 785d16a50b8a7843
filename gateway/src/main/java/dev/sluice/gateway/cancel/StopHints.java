package dev.sluice.gateway.cancel;

import dev.sluice.message.ControlMessage;
import dev.sluice.message.RequestId;
import dev.sluice.message.Wire;
import dev.sluice.queue.Broker;
import dev.sluice.queue.OutboundMessage;
import dev.sluice.queue.PublishException;
import dev.sluice.queue.Topology;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Asks all processors to stop requests. A hint: a sender that needs the effect repeats it. */
public final class CancelHints {

    private static final Logger log = LoggerFactory.getLogger(CancelHints.class);

    private final Broker broker;

    public CancelHints(Broker broker) {
        this.broker = broker;
    }

    /** Sends the hint. Never blocks, never fails. */
    public void cancel(List<RequestId> ids) {
        byte[] body = Wire.encode(new ControlMessage.Cancel(ids));
        broker.publish(OutboundMessage.hint(Topology.CONTROL_EXCHANGE, body))
                .onErrorResume(PublishException.class, error -> {
                    log.atDebug().addKeyValue("reason", error.getMessage()).log("cancel.not_sent");
                    return Mono.empty();
                })
                .subscribe();
    }
}
