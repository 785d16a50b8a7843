package dev.sluice.gateway.presence;

import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.gateway.store.postgres.DatabasePools;
import dev.sluice.queue.Broker;
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
        return new JournalProgress();
    }

    @Bean
    Processors processors(DatabasePools pools) {
        return new Processors(pools.of(ConnectionUse.JOURNAL), pools.of(ConnectionUse.PRESENCE));
    }

    @Bean
    LivingGateways livingGateways(GatewayIdentity identity) {
        return new LivingGateways(identity.id(), System::nanoTime);
    }

    @Bean
    Presence presence(
            GatewayIdentity identity,
            DatabasePools pools,
            Processors processors,
            LivingGateways living,
            Broker broker) {
        return new Presence(
                identity,
                pools.of(ConnectionUse.PRESENCE),
                processors,
                living,
                new BrokerContact(broker, System::nanoTime),
                Schedulers.parallel());
    }

    @Bean
    KindLeases kindLeases(GatewayIdentity identity, LivingGateways living, DatabasePools pools) {
        return new KindLeases(identity.id(), living, pools.of(ConnectionUse.PRESENCE));
    }

    @Bean
    LifecyclePart presencePart(Presence presence) {
        return new LifecyclePart("presence", presence::start, presence::stop);
    }
}
