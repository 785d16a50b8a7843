package dev.sluice.gateway;

import dev.sluice.processor.BrokerProperties;
import dev.sluice.queue.Broker;
import dev.sluice.queue.rabbit.RabbitBroker;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The broker of the distributed form. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(BrokerProperties.class)
class RabbitConfiguration {

    @Bean
    Form form() {
        return new Form(false);
    }

    /** Connects in its own time: a gateway without its broker accepts work all the same. */
    @Bean(destroyMethod = "") // closed in its turn, by the stages
    Broker broker(BrokerProperties settings) {
        return RabbitBroker.connect(settings.toSettings());
    }
}
