package dev.sluice.processor;

import dev.sluice.queue.Broker;
import dev.sluice.queue.BrokerState;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Up while there is a connection to the broker. A broker that only blocks publishers counts as up: work goes on until
 * reports are full.
 */
final class BrokerHealth implements HealthIndicator {

    private final Broker broker;

    BrokerHealth(Broker broker) {
        this.broker = broker;
    }

    @Override
    public Health health() {
        BrokerState state = broker.state();
        Health.Builder health = switch (state) {
            case CONNECTED, BLOCKED -> Health.up();
            case DISCONNECTED -> Health.down();
        };
        return health.withDetail("state", state).build();
    }
}
