package dev.sluice.gateway.web;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

/** The public port: its limits, and what becomes of errors. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(HttpSettings.class)
public class WebConfiguration {

    @Bean
    HttpLimits httpLimits(HttpSettings settings) {
        return new HttpLimits(settings.headTimeout(), settings.idleTimeout());
    }

    @Bean
    BodyBytes bodyBytes(HttpSettings settings) {
        return new BodyBytes(settings.bodyTimeout(), Schedulers.parallel());
    }

    @Bean
    ProblemMapper problemMapper() {
        return new ProblemMapper();
    }
}
