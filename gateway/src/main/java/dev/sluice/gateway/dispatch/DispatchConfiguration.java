package dev.sluice.gateway.dispatch;

import dev.sluice.gateway.announce.Announcements;
import dev.sluice.gateway.kind.Kinds;
import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.presence.GatewayIdentity;
import dev.sluice.gateway.presence.KindLeases;
import dev.sluice.gateway.presence.LivingGateways;
import dev.sluice.gateway.presence.Presence;
import dev.sluice.gateway.presence.Processors;
import dev.sluice.gateway.store.Backlog;
import dev.sluice.gateway.store.BacklogSizes;
import dev.sluice.gateway.store.ConservationMetrics;
import dev.sluice.gateway.store.RequestEvidence;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.gateway.store.postgres.DatabasePools;
import dev.sluice.gateway.transition.Transitions;
import dev.sluice.queue.Broker;
import dev.sluice.queue.PublishLimits;
import dev.sluice.settings.BrokerProperties;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

/** The parts that bring requests from the backlog to the broker. */
@Configuration(proxyBeanMethods = false)
public class DispatchConfiguration {

    @Bean
    UncertainDispatches uncertainDispatches(
            GatewayIdentity identity, DatabasePools pools, Transitions transitions, MeterRegistry meters) {
        return new UncertainDispatches(
                identity.id(),
                new RequestEvidence(pools.of(ConnectionUse.DISPATCH)),
                transitions.on(ConnectionUse.DISPATCH),
                System::nanoTime,
                meters);
    }

    @Bean
    WorkReturner workReturner(Transitions transitions, UncertainDispatches uncertain, MeterRegistry meters) {
        return new WorkReturner(transitions.on(ConnectionUse.DISPATCH), uncertain, meters);
    }

    /** The limits are those of {@link BrokerProperties}, which has no setting for them. */
    @Bean
    WorkPublisher workPublisher(Broker broker, WorkReturner returner, UncertainDispatches uncertain) {
        return new WorkPublisher(broker, new PublishRoom(PublishLimits.DEFAULT), returner, uncertain);
    }

    @Bean
    BacklogCounts backlogCounts(DatabasePools pools, KindLeases leases, ConservationMetrics metrics) {
        Database database = pools.of(ConnectionUse.DISPATCH);
        return new BacklogCounts(
                new BacklogSizes(database), new RequestEvidence(database), leases, metrics, System::nanoTime);
    }

    @Bean
    TakerTools takerTools(
            Backlog backlog,
            WorkPublisher publisher,
            Announcements announcements,
            Processors processors,
            Clock clock,
            BrokerProperties timeouts) {
        EnvelopeSizing sizing = new EnvelopeSizing(processors, timeouts.effectiveConsumerTimeout());
        return new TakerTools(backlog, publisher, announcements, sizing, clock, Schedulers.parallel());
    }

    @Bean
    KindClaims kindClaims(Kinds kinds, KindLeases leases, LivingGateways gateways, Broker broker) {
        return new KindClaims(kinds, leases, gateways, broker);
    }

    @Bean
    Dispatcher dispatcher(
            GatewayIdentity identity,
            Kinds kinds,
            KindClaims claims,
            BacklogCounts counts,
            TakerTools tools,
            Broker broker) {
        return new Dispatcher(identity, kinds, claims, counts, tools, broker);
    }

    @Bean
    LifecyclePart dispatcherPart(Dispatcher dispatcher, Presence presence) {
        presence.stayWhile(dispatcher::hasWorkInFlight);
        return new LifecyclePart("dispatcher", dispatcher::start, dispatcher::stop);
    }
}
