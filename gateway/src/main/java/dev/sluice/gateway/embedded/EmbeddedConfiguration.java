package dev.sluice.gateway.embedded;

import dev.sluice.gateway.broker.Deployment;
import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.processor.ProcessorSettings;
import dev.sluice.queue.Broker;
import dev.sluice.queue.local.LocalBroker;
import dev.sluice.settings.BrokerProperties;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Adds the database, a broker in this JVM and a processor to a gateway. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ProcessorSettings.class, BrokerProperties.class})
class EmbeddedConfiguration {

    @Bean
    Deployment deployment() {
        return new Deployment(true);
    }

    @Bean
    LifecyclePart databasePart(EmbeddedDatabase database) {
        return new LifecyclePart(
                "database",
                database::ready,
                () -> Mono.<Void>fromRunnable(database::close).subscribeOn(Schedulers.boundedElastic()));
    }

    @Bean
    Farewell farewell(EmbeddedDatabase database) {
        return new Farewell(database.root());
    }

    @Bean(destroyMethod = "") // closed in its turn, as a part of the lifecycle
    Broker broker() {
        return new LocalBroker();
    }

    @Bean
    EmbeddedProcessor embeddedProcessor(
            Broker broker, ProcessorSettings settings, BrokerProperties timeouts, Clock clock, MeterRegistry meters) {
        return new EmbeddedProcessor(broker, settings, timeouts.effectiveConsumerTimeout(), clock, meters);
    }

    @Bean
    LifecyclePart processorPart(EmbeddedProcessor processor) {
        return new LifecyclePart("processor", processor::start, processor::stop);
    }
}
