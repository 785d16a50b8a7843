package dev.sluice.gateway.journal;

import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * Tells whether the broker was away just now. A broker that comes back delivers each message again that was out. Such a
 * redelivery says nothing about the processor that had the message.
 */
final class RecentBrokerLoss implements BooleanSupplier {

    /** Long enough for all messages that were out to come back. */
    private static final Duration AFTERMATH = Duration.ofSeconds(60);

    private static final Logger log = LoggerFactory.getLogger(RecentBrokerLoss.class);

    private final Broker broker;
    private final Disposable.Swap listening = Disposables.swap();
    private volatile boolean everConnected;
    private volatile boolean everLost;
    private volatile long lostAtNanos;

    RecentBrokerLoss(Broker broker) {
        this.broker = broker;
    }

    /** Begins to listen. */
    void start() {
        listening.update(broker.states().subscribe(this::changed));
    }

    void stop() {
        listening.dispose();
    }

    @Override
    public boolean getAsBoolean() {
        return everLost && System.nanoTime() - lostAtNanos < AFTERMATH.toNanos();
    }

    private void changed(BrokerState state) {
        if (state == BrokerState.CONNECTED) {
            everConnected = true;
        } else if (state == BrokerState.DISCONNECTED && everConnected) {
            lostAtNanos = System.nanoTime();
            everLost = true;
            log.atWarn().log("broker.lost");
        }
    }
}
