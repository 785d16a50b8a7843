package dev.sluice.gateway.embedded;

import dev.sluice.gateway.Form;
import dev.sluice.gateway.Stage;
import dev.sluice.processor.BrokerProperties;
import dev.sluice.processor.ProcessorSettings;
import dev.sluice.queue.Broker;
import dev.sluice.queue.local.LocalBroker;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What one machine adds to a gateway: the database, a broker in this JVM, and a processor. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ProcessorSettings.class, BrokerProperties.class})
class EmbeddedConfiguration {

    @Bean
    Form form() {
        return new Form(true);
    }

    @Bean
    Stage databaseStage(EmbeddedDatabase database) {
        return new Stage(
                Stage.Place.DATABASE,
                database::ready,
                () -> Mono.<Void>fromRunnable(database::close).subscribeOn(Schedulers.boundedElastic()));
    }

    @Bean
    Farewell farewell(EmbeddedDatabase database) {
        return new Farewell(database.root());
    }

    @Bean(destroyMethod = "") // closed in its turn, by the stages
    Broker broker() {
        return new LocalBroker();
    }

    @Bean
    EmbeddedProcessor embeddedProcessor(
            Broker broker, ProcessorSettings settings, BrokerProperties timeouts, Clock clock, MeterRegistry meters) {
        return new EmbeddedProcessor(broker, settings, timeouts.effectiveConsumerTimeout(), clock, meters);
    }

    @Bean
    Stage processorStage(EmbeddedProcessor processor) {
        return new Stage(Stage.Place.PROCESSOR, processor::start, processor::stop);
    }
}
