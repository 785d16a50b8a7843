package dev.sluice.gateway;

import dev.sluice.gateway.control.GatewayIdentity;
import dev.sluice.gateway.control.Kinds;
import dev.sluice.gateway.control.Processors;
import dev.sluice.gateway.dispatch.Dispatcher;
import dev.sluice.gateway.intake.Admission;
import dev.sluice.gateway.intake.Inserts;
import dev.sluice.gateway.intake.Intake;
import dev.sluice.gateway.intake.RequestIds;
import dev.sluice.gateway.intake.SubmitHandler;
import dev.sluice.gateway.live.Live;
import dev.sluice.gateway.request.RequestStore;
import dev.sluice.gateway.web.BodyBytes;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

/** From a submission to a durable request. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(IntakeBatchProperties.class)
class IntakeConfiguration {

    @Bean
    Admission admission(Kinds kinds, Processors processors, Dispatcher dispatcher, Clock clock) {
        return new Admission(kinds, processors, dispatcher, new RequestIds(clock), clock);
    }

    @Bean
    Inserts inserts(
            GatewayIdentity identity,
            RequestStore store,
            Dispatcher dispatcher,
            IntakeBatchProperties limits,
            MeterRegistry meters) {
        return new Inserts(identity.id(), store, dispatcher, limits.toLimits(), meters);
    }

    @Bean
    Intake intake(Admission admission, Inserts inserts, MeterRegistry meters) {
        return new Intake(admission, inserts, meters);
    }

    @Bean
    SubmitHandler submitHandler(Intake intake, HttpSettings http, Live live) {
        return new SubmitHandler(intake, new BodyBytes(http.bodyTimeout(), Schedulers.parallel()), live);
    }
}
