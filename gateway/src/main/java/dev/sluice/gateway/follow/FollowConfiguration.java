package dev.sluice.gateway.follow;

import dev.sluice.gateway.cancel.Cancellation;
import dev.sluice.gateway.intake.Intake;
import dev.sluice.gateway.read.FollowLimits;
import dev.sluice.gateway.read.Followers;
import dev.sluice.gateway.read.RequestLookup;
import dev.sluice.gateway.store.RequestReader;
import dev.sluice.gateway.web.ProblemMapper;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

/** Streams and sockets. */
@Configuration(proxyBeanMethods = false)
public class FollowConfiguration {

    @Bean
    EventsHandler eventsHandler(RequestLookup requests, RequestReader reader, Followers followers) {
        return new EventsHandler(requests, reader, followers);
    }

    @Bean
    UnwrittenAnswers unwrittenAnswers() {
        return new UnwrittenAnswers();
    }

    @Bean
    SocketDoor socketDoor(Followers followers, FollowLimits limits) {
        return new SocketDoor(followers, limits);
    }

    @Bean
    SocketHandler socketHandler(
            SocketDoor door,
            Followers followers,
            RequestLookup requests,
            SocketCalls calls,
            UnwrittenAnswers unwritten) {
        return new SocketHandler(door, followers, requests, calls, unwritten, Schedulers.parallel());
    }

    @Bean
    SocketCalls socketCalls(Intake intake, Cancellation cancellation, ProblemMapper problems) {
        return new SocketCalls(intake, cancellation, problems);
    }
}
