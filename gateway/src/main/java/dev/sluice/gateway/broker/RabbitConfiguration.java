package dev.sluice.gateway.broker;

import dev.sluice.queue.Broker;
import dev.sluice.queue.rabbit.RabbitBroker;
import dev.sluice.settings.BrokerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The broker of the distributed deployment. */
@Configuration(proxyBeanMethods = false)
public class RabbitConfiguration {

    @Bean
    Deployment deployment() {
        return new Deployment(false);
    }

    /** Connects in its own time: a gateway without its broker accepts work all the same. */
    @Bean(destroyMethod = "") // closed in its turn, as a part of the lifecycle
    Broker broker(BrokerProperties settings) {
        return RabbitBroker.connect(settings.toSettings());
    }
}
