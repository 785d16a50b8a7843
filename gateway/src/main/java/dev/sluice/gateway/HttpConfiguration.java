package dev.sluice.gateway;

import dev.sluice.gateway.control.Kinds;
import dev.sluice.gateway.intake.Intake;
import dev.sluice.gateway.intake.KindsHandler;
import dev.sluice.gateway.intake.SubmitHandler;
import dev.sluice.gateway.live.CancelHandler;
import dev.sluice.gateway.live.Cancellation;
import dev.sluice.gateway.live.EventsHandler;
import dev.sluice.gateway.live.Live;
import dev.sluice.gateway.live.LiveLimits;
import dev.sluice.gateway.live.ReadHandler;
import dev.sluice.gateway.live.Requests;
import dev.sluice.gateway.live.SocketHandler;
import dev.sluice.gateway.live.Watches;
import dev.sluice.gateway.request.RequestReader;
import dev.sluice.gateway.web.Answer;
import dev.sluice.gateway.web.HttpLimits;
import dev.sluice.gateway.web.Problem;
import dev.sluice.gateway.web.ProblemMapper;
import dev.sluice.gateway.web.ProblemType;
import dev.sluice.gateway.web.TraceIds;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The public port: its limits, its handlers, its routes, and how it drains. */
@Configuration(proxyBeanMethods = false)
class HttpConfiguration {

    @Bean
    HttpLimits httpLimits(HttpSettings settings) {
        return new HttpLimits(settings.headTimeout(), settings.idleTimeout());
    }

    @Bean
    ProblemMapper problemMapper() {
        return new ProblemMapper();
    }

    @Bean
    SocketHandler socketHandler(
            Watches watches,
            Requests requests,
            Intake intake,
            Cancellation cancellation,
            ProblemMapper problems,
            LiveLimits limits) {
        return new SocketHandler(
                watches,
                requests,
                intake,
                cancellation,
                problems,
                new SocketHandler.SocketSettings(limits, Schedulers.parallel()));
    }

    @Bean
    ReadHandler readHandler(Requests requests, RequestReader reader, Live live) {
        return new ReadHandler(requests, reader, live);
    }

    @Bean
    EventsHandler eventsHandler(Requests requests, RequestReader reader, Watches watches) {
        return new EventsHandler(requests, reader, watches);
    }

    @Bean
    GatewayRoutes.Handlers handlers(
            SubmitHandler submit,
            ReadHandler read,
            EventsHandler events,
            Cancellation cancellation,
            SocketHandler socket,
            Kinds kinds) {
        return new GatewayRoutes.Handlers(
                submit, read, events, new CancelHandler(cancellation), socket, new KindsHandler(kinds));
    }

    @Bean
    RouterFunction<ServerResponse> routes(GatewayRoutes.Handlers handlers, ProblemMapper problems, Flow flow) {
        return new GatewayRoutes(handlers, problems)
                .routes()
                .filter((http, next) -> flow.isStarted() ? next.handle(http) : notYet());
    }

    /** Without its store a gateway knows no kinds and no requests: better to say so than 404. */
    private static Mono<ServerResponse> notYet() {
        Problem problem = new Problem(ProblemType.STORE_UNAVAILABLE, "The gateway waits for its database");
        return Mono.just(Answer.problem(problem, TraceIds.of(null)));
    }

    /** Stops before the servers do, so that callers hear from us what happens. */
    @Bean
    Stage intakeStage(Intake intake, Watches watches, ApplicationContext context) {
        Draining draining = new Draining(intake, watches);
        return Stage.stopping(Stage.Place.INTAKE, () -> {
            AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
            return draining.drain();
        });
    }
}
