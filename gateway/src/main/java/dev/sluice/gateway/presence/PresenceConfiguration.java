package dev.sluice.gateway.presence;

import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.store.postgres.Database;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.UUID;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

/** This gateway's own presence, and the processors it knows. */
@Configuration(proxyBeanMethods = false)
public class PresenceConfiguration {

    @Bean
    GatewayIdentity gatewayIdentity() throws UnknownHostException {
        return new GatewayIdentity(UUID.randomUUID(), InetAddress.getLocalHost().getHostName());
    }

    @Bean
    LatestHeartbeats latestHeartbeats() {
        return new LatestHeartbeats();
    }

    @Bean
    JournalProgress journalProgress() {
        return new JournalProgress(System::nanoTime);
    }

    @Bean
    Processors processors(Database database) {
        return new Processors(database);
    }

    @Bean
    Presence presence(GatewayIdentity identity, Database database, Processors processors) {
        return new Presence(identity, database, processors, Schedulers.parallel());
    }

    @Bean
    KindLeases kindLeases(GatewayIdentity identity, Database database) {
        return new KindLeases(identity.id(), database);
    }

    @Bean
    LifecyclePart presencePart(Presence presence) {
        return new LifecyclePart("presence", presence::start, presence::stop);
    }
}
