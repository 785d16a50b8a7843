package dev.sluice.gateway;

import dev.sluice.processor.settings.LogSettings;
import dev.sluice.processor.settings.ManagementSettings;
import dev.sluice.queue.Broker;
import java.time.Clock;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxObservationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * What every gateway has. Observations of HTTP exchanges are left out: they cost a quarter of what the accept path can do, and what
 * matters is counted where it happens.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = {ObservationAutoConfiguration.class, WebFluxObservationAutoConfiguration.class})
@Import({
    StoreConfiguration.class,
    FlowConfiguration.class,
    JournalConfiguration.class,
    SweepConfiguration.class,
    IntakeConfiguration.class,
    LiveConfiguration.class,
    HttpConfiguration.class
})
@EnableConfigurationProperties({HttpSettings.class, ManagementSettings.class, LogSettings.class})
class GatewayConfiguration {

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    BrokerMetrics brokerMetrics(Broker broker) {
        return new BrokerMetrics(broker);
    }

    @Bean
    Stage brokerStage(Broker broker) {
        return Stage.stopping(Stage.Place.BROKER, broker::close);
    }
}
