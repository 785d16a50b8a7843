package dev.sluice.processor;

import dev.sluice.processor.handler.RequestHandler;
import dev.sluice.queue.Broker;
import dev.sluice.queue.rabbit.RabbitBroker;
import dev.sluice.settings.BrokerProperties;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;

/** The parts of the program: RabbitMQ, the processor, and its health. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ProcessorSettings.class, BrokerProperties.class})
public class ProcessorConfiguration {

    /** For closing the broker after the drain. */
    private static final Duration CLOSING = Duration.ofSeconds(6);

    @Bean(destroyMethod = "") // closed after the drain, by the lifecycle
    @ConditionalOnMissingBean(Broker.class)
    Broker broker(BrokerProperties properties) {
        return RabbitBroker.connect(properties.toSettings());
    }

    @Bean
    ProcessorLifecycle processorLifecycle(
            Broker broker,
            ProcessorSettings settings,
            BrokerProperties brokerProperties,
            ListableBeanFactory beans,
            MeterRegistry registry) {
        Map<String, RequestHandler> handlers = beans.getBeansOfType(RequestHandler.class);
        Kinds kinds = Kinds.of(settings, handlers, brokerProperties.effectiveConsumerTimeout(), Clock.systemUTC());
        return new ProcessorLifecycle(broker, settings, kinds, registry);
    }

    @Bean
    BrokerHealth brokerHealthIndicator(Broker broker) {
        return new BrokerHealth(broker);
    }

    /** Spring waits as long as the drain takes. */
    @Bean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME)
    static DefaultLifecycleProcessor lifecycleProcessor(ProcessorSettings settings) {
        DefaultLifecycleProcessor lifecycle = new DefaultLifecycleProcessor();
        lifecycle.setTimeoutPerShutdownPhase(settings.drain().plus(CLOSING).toMillis());
        return lifecycle;
    }
}
