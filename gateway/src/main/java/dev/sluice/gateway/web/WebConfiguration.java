package dev.sluice.gateway.web;

import dev.sluice.gateway.web.defect.DefectHandler;
import dev.sluice.gateway.web.defect.DefectMetrics;
import dev.sluice.gateway.web.defect.FrameworkProblems;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

/** The public port: its limits, and the answers to errors. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(HttpSettings.class)
public class WebConfiguration {

    @Bean
    HttpLimits httpLimits(HttpSettings settings, DefectMetrics metrics) {
        return new HttpLimits(settings.headTimeout(), settings.idleTimeout(), metrics);
    }

    @Bean
    DefectMetrics defectMetrics(MeterRegistry meters) {
        return new DefectMetrics(meters);
    }

    @Bean
    DefectHandler defectHandler(DefectMetrics metrics) {
        return new DefectHandler(metrics);
    }

    @Bean
    FrameworkProblems frameworkProblems() {
        return new FrameworkProblems();
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
