package dev.sluice.gateway.transition;

import dev.sluice.gateway.announce.Announcements;
import dev.sluice.gateway.store.RequestStore;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The one door for changes of state. */
@Configuration(proxyBeanMethods = false)
public class TransitionConfiguration {

    @Bean
    Transitions transitions(RequestStore store, Announcements announcements, Clock clock) {
        return new Transitions(store, announcements, clock);
    }
}
