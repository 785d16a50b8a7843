package dev.sluice.gateway.read;

import dev.sluice.gateway.announce.Announcements;
import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.store.RequestReader;
import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

/** Reading requests, and waiting for them to change. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(FollowLimits.class)
public class ReadConfiguration {

    private static final Duration STREAMS = Duration.ofSeconds(2);

    @Bean
    Followers followers(
            Announcements announcements,
            RequestReader reader,
            Broker broker,
            FollowLimits limits,
            MeterRegistry meters) {
        return new Followers(announcements, reader, broker, Schedulers.parallel(), limits, meters);
    }

    @Bean
    RequestLookup requestLookup(RequestReader reader) {
        return new RequestLookup(reader);
    }

    @Bean
    LongPoll longPoll(Followers followers, RequestLookup requests) {
        return new LongPoll(followers, requests, Schedulers.parallel());
    }

    @Bean
    ReadHandler readHandler(RequestLookup requests, RequestReader reader, LongPoll longPoll) {
        return new ReadHandler(requests, reader, longPoll);
    }

    @Bean
    LifecyclePart followersPart(Followers followers) {
        return LifecyclePart.of("followers", followers::start, followers::stop);
    }

    /** Before the servers stop: streams end with a hint to come back. */
    @Bean
    LifecyclePart streamsPart(Followers followers) {
        return LifecyclePart.stopping("streams", () -> followers.drain(STREAMS));
    }
}
