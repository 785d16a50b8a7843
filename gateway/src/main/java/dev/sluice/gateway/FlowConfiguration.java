package dev.sluice.gateway;

import dev.sluice.gateway.control.Announcements;
import dev.sluice.gateway.control.Cancels;
import dev.sluice.gateway.control.GatewayIdentity;
import dev.sluice.gateway.control.Kinds;
import dev.sluice.gateway.control.Presence;
import dev.sluice.gateway.control.Processors;
import dev.sluice.gateway.dispatch.DispatchControl;
import dev.sluice.gateway.dispatch.DispatchStore;
import dev.sluice.gateway.dispatch.Dispatcher;
import dev.sluice.gateway.request.Backlog;
import dev.sluice.gateway.request.ConservationMetrics;
import dev.sluice.gateway.request.Database;
import dev.sluice.gateway.request.RequestEvidence;
import dev.sluice.gateway.request.RequestStore;
import dev.sluice.processor.BrokerProperties;
import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** From a durable request to its outcome: who there is, what is out, what happened. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({GatewayProperties.class, BrokerProperties.class})
class FlowConfiguration {

    @Bean
    GatewayIdentity gatewayIdentity() throws UnknownHostException {
        return new GatewayIdentity(UUID.randomUUID(), InetAddress.getLocalHost().getHostName());
    }

    @Bean
    Kinds kinds(Database database, GatewayProperties settings) {
        return new Kinds(database, settings.kindDefaults());
    }

    @Bean
    Processors processors(Database database) {
        return new Processors(database);
    }

    @Bean
    Announcements announcements(GatewayIdentity identity, Broker broker) {
        return new Announcements(identity, broker);
    }

    @Bean
    Cancels cancels(Broker broker) {
        return new Cancels(broker);
    }

    @Bean
    Presence presence(GatewayIdentity identity, Database database, Kinds kinds, Processors processors) {
        return new Presence(identity, database, kinds, processors, Schedulers.parallel());
    }

    @Bean
    DispatchControl dispatchControl(
            GatewayIdentity identity, Kinds kinds, Processors processors, Announcements announcements) {
        return new DispatchControl(identity, kinds, processors, announcements);
    }

    @Bean
    DispatchStore dispatchStore(
            Database database,
            RequestStore requests,
            Backlog backlog,
            RequestEvidence evidence,
            ConservationMetrics metrics) {
        return new DispatchStore(database, requests, backlog, evidence, metrics);
    }

    @Bean
    Dispatcher dispatcher(
            DispatchControl control,
            DispatchStore store,
            Broker broker,
            Clock clock,
            BrokerProperties timeouts,
            MeterRegistry meters) {
        Dispatcher dispatcher = new Dispatcher(
                control, store, broker, clock, Schedulers.parallel(), timeouts.effectiveConsumerTimeout());
        dispatcher.bindTo(meters);
        return dispatcher;
    }

    @Bean
    @Order(10)
    Flow.Part kindsPart(Kinds kinds, GatewayProperties settings) {
        return new Flow.Part("kinds", () -> kinds.configure(settings.kinds()), Mono::empty);
    }

    @Bean
    @Order(20)
    Flow.Part announcementsPart(Announcements announcements) {
        return new Flow.Part("announcements", announcements::start, announcements::stop);
    }

    @Bean
    @Order(30)
    Flow.Part presencePart(Presence presence) {
        return new Flow.Part("presence", presence::start, presence::stop);
    }

    @Bean
    @Order(60)
    Flow.Part dispatcherPart(Dispatcher dispatcher) {
        return new Flow.Part("dispatcher", dispatcher::start, dispatcher::stop);
    }

    @Bean
    Flow flow(StoreGuard guard, List<Flow.Part> parts) {
        return new Flow(guard, parts, Schedulers.parallel());
    }

    @Bean
    Stage flowStage(Flow flow) {
        return new Stage(Stage.Place.FLOW, flow::start, flow::stop);
    }
}
