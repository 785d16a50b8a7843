package dev.sluice.gateway;

import dev.sluice.gateway.StartOrder.Phase;
import dev.sluice.gateway.announce.AnnounceConfiguration;
import dev.sluice.gateway.broker.BrokerConfiguration;
import dev.sluice.gateway.cancel.CancelConfiguration;
import dev.sluice.gateway.cancel.CancelHandler;
import dev.sluice.gateway.dispatch.DispatchConfiguration;
import dev.sluice.gateway.follow.EventsHandler;
import dev.sluice.gateway.follow.FollowConfiguration;
import dev.sluice.gateway.follow.SocketHandler;
import dev.sluice.gateway.intake.IntakeConfiguration;
import dev.sluice.gateway.intake.SubmitHandler;
import dev.sluice.gateway.journal.JournalConfiguration;
import dev.sluice.gateway.kind.KindConfiguration;
import dev.sluice.gateway.kind.KindsHandler;
import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.presence.PresenceConfiguration;
import dev.sluice.gateway.read.ReadConfiguration;
import dev.sluice.gateway.read.ReadHandler;
import dev.sluice.gateway.reconcile.ReconcileConfiguration;
import dev.sluice.gateway.store.StoreConfiguration;
import dev.sluice.gateway.store.StoreGuard;
import dev.sluice.gateway.transition.TransitionConfiguration;
import dev.sluice.gateway.web.Answer;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemMapper;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.gateway.web.TraceIds;
import dev.sluice.gateway.web.WebConfiguration;
import dev.sluice.settings.LogSettings;
import dev.sluice.settings.ManagementSettings;
import io.micrometer.core.instrument.config.MeterFilter;
import java.time.Clock;
import java.util.List;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxObservationAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * The features of a gateway, a line each; every feature brings its own wiring and settings. Observations of HTTP
 * exchanges are left out: they cost a quarter of the capacity of the accept path, and the features count everything
 * that matters where it happens.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = {ObservationAutoConfiguration.class, WebFluxObservationAutoConfiguration.class})
@Import({
    StoreConfiguration.class,
    BrokerConfiguration.class,
    KindConfiguration.class,
    PresenceConfiguration.class,
    AnnounceConfiguration.class,
    TransitionConfiguration.class,
    DispatchConfiguration.class,
    JournalConfiguration.class,
    ReconcileConfiguration.class,
    IntakeConfiguration.class,
    ReadConfiguration.class,
    CancelConfiguration.class,
    FollowConfiguration.class,
    WebConfiguration.class
})
@EnableConfigurationProperties({ManagementSettings.class, LogSettings.class})
class GatewayAssembly {

    private static final int MAX_KINDS_SHOWN = 500;

    /** Of this machine. The features use that of Postgres, see {@link StoreConfiguration}. */
    @Bean
    Clock machineClock() {
        return Clock.systemUTC();
    }

    /**
     * The kind is the one tag whose values callers and processors make up; ever new ones must not fill the registry.
     */
    @Bean
    MeterFilter boundedKinds() {
        return MeterFilter.maximumAllowableTags("sluice.", "kind", MAX_KINDS_SHOWN, MeterFilter.deny());
    }

    @Bean
    GatewayLifecycle partsAtOnce(List<LifecyclePart> parts) {
        return new GatewayLifecycle(Phase.AT_ONCE, parts, Mono.empty());
    }

    @Bean
    GatewayLifecycle partsWithStore(List<LifecyclePart> parts, StoreGuard guard) {
        return new GatewayLifecycle(Phase.WITH_STORE, parts, guard.usable());
    }

    @Bean
    GatewayLifecycle lastParts(List<LifecyclePart> parts) {
        return new GatewayLifecycle(Phase.LAST, parts, Mono.empty());
    }

    @Bean
    GatewayLifecycle publicParts(List<LifecyclePart> parts) {
        return new GatewayLifecycle(Phase.PUBLIC, parts, Mono.empty());
    }

    /** The first to stop: from then on no load balancer sends new calls. */
    @Bean
    LifecyclePart readinessPart(ApplicationContext context) {
        return LifecyclePart.of(
                "readiness", () -> {}, () -> AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC));
    }

    @Bean
    RouterFunction<ServerResponse> routes(
            GatewayRoutes.Handlers handlers,
            ProblemMapper problems,
            @Qualifier("partsWithStore") GatewayLifecycle lifecycle) {
        return new GatewayRoutes(handlers, problems)
                .routes()
                .filter((http, next) -> lifecycle.isWholeStarted() ? next.handle(http) : notYet());
    }

    @Bean
    GatewayRoutes.Handlers handlers(
            SubmitHandler submit,
            ReadHandler read,
            EventsHandler events,
            CancelHandler cancel,
            SocketHandler socket,
            KindsHandler kinds) {
        return new GatewayRoutes.Handlers(submit, read, events, cancel, socket, kinds);
    }

    /** Without its store a gateway knows no kinds and no requests: 503 says so better than 404. */
    private static Mono<ServerResponse> notYet() {
        Problem problem = new Problem(ProblemType.STORE_UNAVAILABLE, "The gateway waits for its database");
        return Mono.just(Answer.problem(problem, TraceIds.of(null)));
    }
}
