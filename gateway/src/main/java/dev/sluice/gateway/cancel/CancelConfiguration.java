package dev.sluice.gateway.cancel;

import dev.sluice.gateway.read.RequestLookup;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.queue.Broker;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Cancelling. */
@Configuration(proxyBeanMethods = false)
public class CancelConfiguration {

    @Bean
    StopHints stopHints(Broker broker) {
        return new StopHints(broker);
    }

    @Bean
    Cancellation cancellation(Transitions transitions, RequestLookup requests, StopHints hints, Clock clock) {
        return new Cancellation(transitions.on(ConnectionUse.CALLERS), requests, hints, clock);
    }

    @Bean
    CancelHandler cancelHandler(Cancellation cancellation) {
        return new CancelHandler(cancellation);
    }
}
