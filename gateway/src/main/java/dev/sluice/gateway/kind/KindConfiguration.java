package dev.sluice.gateway.kind;

import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.gateway.store.postgres.DatabasePools;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Schedulers;

/** The kinds of work, from configuration and by offer. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ConfiguredKinds.class)
public class KindConfiguration {

    @Bean
    Kinds kinds(DatabasePools pools, ConfiguredKinds configured) {
        return new Kinds(
                pools.of(ConnectionUse.PRESENCE),
                configured.kindDefaults(),
                configured.maxKinds(),
                Schedulers.parallel());
    }

    @Bean
    KindsHandler kindsHandler(Kinds kinds) {
        return new KindsHandler(kinds);
    }

    @Bean
    LifecyclePart kindsPart(Kinds kinds, ConfiguredKinds configured) {
        return new LifecyclePart("kinds", () -> kinds.start(configured.kinds()), kinds::stop);
    }
}
