package dev.sluice.gateway.web.defect;

import dev.sluice.gateway.web.HttpLimits;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

/**
 * Gives the port of health and metrics the limits of the public one. Spring Boot makes that server in a context of its
 * own, which does not ask the gateway's context for customizers; it finds this class by its name under
 * {@code META-INF/spring}.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
class ManagementPort {

    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> managementLimits(HttpLimits limits) {
        return factory -> factory.addServerCustomizers(limits);
    }
}
