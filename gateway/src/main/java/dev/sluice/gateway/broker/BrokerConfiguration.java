package dev.sluice.gateway.broker;

import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.queue.Broker;
import dev.sluice.settings.BrokerProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The broker of any deployment; the deployment's own configuration has the connection itself. */
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
