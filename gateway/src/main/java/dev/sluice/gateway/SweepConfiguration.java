package dev.sluice.gateway;

import dev.sluice.gateway.control.Cancels;
import dev.sluice.gateway.control.GatewayIdentity;
import dev.sluice.gateway.control.Kinds;
import dev.sluice.gateway.control.Presence;
import dev.sluice.gateway.control.Processors;
import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.reconcile.SweepContext;
import dev.sluice.gateway.reconcile.Sweeps;
import dev.sluice.gateway.request.Database;
import dev.sluice.gateway.request.Days;
import dev.sluice.gateway.request.RequestEvidence;
import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import reactor.core.scheduler.Schedulers;

/** What finds and repairs what fell between. */
@Configuration(proxyBeanMethods = false)
class SweepConfiguration {

    @Bean
    SweepContext sweepContext(
            GatewayIdentity identity,
            Database database,
            RequestEvidence evidence,
            Days days,
            Journal journal,
            Presence presence,
            Processors processors,
            Cancels cancels,
            Broker broker,
            Clock clock) {
        return new SweepContext(
                identity, database, evidence, days, journal, presence, processors, cancels, broker, clock);
    }

    @Bean
    Sweeps sweeps(SweepContext context, Kinds kinds, Form form, MeterRegistry meters) {
        return new Sweeps(context, kinds, form.processorsGoWithBroker(), Schedulers.parallel(), meters);
    }

    @Bean
    @Order(70)
    Flow.Part sweepsPart(Sweeps sweeps) {
        return new Flow.Part("sweeps", sweeps::start, sweeps::stop);
    }
}
