package dev.sluice.gateway.store;

import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.gateway.store.postgres.DatabaseProperties;
import dev.sluice.gateway.store.postgres.PoolMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import reactor.core.scheduler.Schedulers;

/** Postgres and what is kept in it. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(DatabaseProperties.class)
public class StoreConfiguration {

    @Bean(destroyMethod = "") // closed in its turn, as a part of the lifecycle
    Database database(DatabaseProperties settings) {
        return new Database(settings.toSettings());
    }

    /** The clock of all features. */
    @Bean
    @Primary
    StoreClock storeClock(@Qualifier("machineClock") Clock machine, MeterRegistry meters) {
        StoreClock clock = new StoreClock(machine, System::nanoTime);
        meters.gauge(
                "sluice.clock.ahead.seconds", clock, it -> it.machineAhead().toMillis() / 1_000.0);
        return clock;
    }

    @Bean
    Days days(Database database, Clock clock, MeterRegistry meters) {
        Days days = new Days(database, clock);
        meters.gauge("sluice.days.ahead", days, Days::ahead);
        return days;
    }

    @Bean
    KindEraser kindEraser(Database database) {
        return new KindEraser(database);
    }

    @Bean
    ConservationMetrics conservationMetrics(MeterRegistry meters) {
        return new ConservationMetrics(meters);
    }

    @Bean
    RequestStore requestStore(Database database, Clock clock, ConservationMetrics metrics) {
        return new RequestStore(database, clock, metrics);
    }

    @Bean
    Backlog backlog(Database database, Clock clock) {
        return new Backlog(database, clock);
    }

    @Bean
    RequestReader requestReader(Database database, Days days, MeterRegistry meters) {
        return new RequestReader(database, days, meters);
    }

    @Bean
    RequestEvidence requestEvidence(Database database) {
        return new RequestEvidence(database);
    }

    @Bean
    StoreGuard storeGuard(Database database, Days days, StoreClock clock) {
        return new StoreGuard(database, days, clock, Schedulers.parallel());
    }

    @Bean
    LifecyclePart storePart(StoreGuard guard, Database database) {
        return new LifecyclePart("store", guard::start, () -> guard.stop().then(database.close()));
    }

    /** Named so that readiness includes it. */
    @Bean("store")
    StoreHealth storeHealth(StoreGuard guard, Database database) {
        return new StoreHealth(guard, database);
    }

    @Bean
    PoolMetrics poolMetrics(Database database) {
        return new PoolMetrics(database);
    }
}
