package dev.sluice.gateway.announce;

import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.presence.GatewayIdentity;
import dev.sluice.gateway.presence.LivingGateways;
import dev.sluice.queue.Broker;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Hints between gateways. */
@Configuration(proxyBeanMethods = false)
public class AnnounceConfiguration {

    @Bean
    Announcements announcements(GatewayIdentity identity, LivingGateways gateways, Broker broker) {
        return new Announcements(identity, gateways, broker);
    }

    @Bean
    LifecyclePart announcementsPart(Announcements announcements) {
        return new LifecyclePart("announcements", announcements::start, announcements::stop);
    }
}
