package dev.sluice.gateway.intake;

import dev.sluice.gateway.dispatch.Dispatcher;
import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.presence.GatewayIdentity;
import dev.sluice.gateway.presence.Processors;
import dev.sluice.gateway.read.LongPoll;
import dev.sluice.gateway.store.RequestStore;
import dev.sluice.gateway.web.BodyBytes;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** From a submission to a durable request. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(IntakeBatchProperties.class)
public class IntakeConfiguration {

    @Bean
    Admission admission(Kinds kinds, Processors processors, Dispatcher dispatcher, Clock clock) {
        return new Admission(kinds, processors, dispatcher, new RequestIds(clock), clock);
    }

    @Bean
    RequestWriter requestWriter(
            GatewayIdentity identity,
            RequestStore store,
            Dispatcher dispatcher,
            IntakeBatchProperties limits,
            MeterRegistry meters) {
        return new RequestWriter(identity.id(), store, dispatcher, limits.toLimits(), meters);
    }

    @Bean
    Intake intake(Admission admission, RequestWriter writer, MeterRegistry meters) {
        return new Intake(admission, writer, meters);
    }

    @Bean
    SubmitHandler submitHandler(Intake intake, BodyBytes bodies, LongPoll longPoll) {
        return new SubmitHandler(intake, bodies, longPoll);
    }

    /** Stops before the servers do, so that callers hear from this gateway that it stops. */
    @Bean
    LifecyclePart intakePart(Intake intake) {
        return LifecyclePart.stopping("intake", intake::drain);
    }
}
