package dev.sluice.gateway;

import dev.sluice.processor.settings.LogSettings;
import dev.sluice.processor.settings.ManagementSettings;
import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.config.MeterFilter;
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

    private static final int MAX_KINDS_SHOWN = 500;

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    /** Kinds are the one tag that somebody else makes up; processors that offer ever new ones must not fill the registry. */
    @Bean
    MeterFilter boundedKinds() {
        return MeterFilter.maximumAllowableTags("sluice.", "kind", MAX_KINDS_SHOWN, MeterFilter.deny());
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
