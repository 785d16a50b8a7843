package dev.sluice.gateway.transition;

import dev.sluice.gateway.announce.Announcements;
import dev.sluice.gateway.store.RequestStore;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The one door for changes of state. */
@Configuration(proxyBeanMethods = false)
public class TransitionConfiguration {

    /** For the journal; others take it {@link Transitions#on} their own use. */
    @Bean
    Transitions transitions(RequestStore store, Announcements announcements, Clock clock) {
        return new Transitions(store.on(ConnectionUse.JOURNAL), announcements, clock);
    }
}
