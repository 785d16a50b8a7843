package dev.sluice.gateway.broker;

import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.queue.Broker;
import dev.sluice.settings.BrokerProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The metrics and the lifecycle of the broker, for every deployment. The configuration of a deployment makes the
 * connection.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(BrokerProperties.class)
public class BrokerConfiguration {

    @Bean
    BrokerMetrics brokerMetrics(Broker broker) {
        return new BrokerMetrics(broker);
    }

    @Bean
    LifecyclePart brokerPart(Broker broker) {
        return LifecyclePart.stopping("broker", broker::close);
    }
}
