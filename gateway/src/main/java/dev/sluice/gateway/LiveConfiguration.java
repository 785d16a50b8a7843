package dev.sluice.gateway;

import dev.sluice.gateway.control.Announcements;
import dev.sluice.gateway.control.Cancels;
import dev.sluice.gateway.live.Cancellation;
import dev.sluice.gateway.live.Live;
import dev.sluice.gateway.live.LiveLimits;
import dev.sluice.gateway.live.Requests;
import dev.sluice.gateway.live.Watches;
import dev.sluice.gateway.request.RequestReader;
import dev.sluice.gateway.request.RequestStore;
import dev.sluice.queue.Broker;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Reading, waiting, following and cancelling. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(LiveLimits.class)
class LiveConfiguration {

    @Bean
    Watches watches(
            Announcements announcements, RequestReader reader, Broker broker, LiveLimits limits, MeterRegistry meters) {
        return new Watches(announcements, reader, broker, Schedulers.parallel(), limits, meters);
    }

    @Bean
    @Order(80)
    Flow.Part watchesPart(Watches watches) {
        return new Flow.Part(
                "watches", () -> Mono.fromRunnable(watches::start), () -> Mono.fromRunnable(watches::stop));
    }

    @Bean
    Requests requests(RequestReader reader) {
        return new Requests(reader);
    }

    @Bean
    Live live(Watches watches, Requests requests) {
        return new Live(watches, requests, Schedulers.parallel());
    }

    @Bean
    Cancellation cancellation(
            RequestStore store, Requests requests, Announcements announcements, Cancels cancels, Clock clock) {
        return new Cancellation(store, requests, announcements, cancels, clock);
    }
}
