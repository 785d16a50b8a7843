package dev.sluice.gateway.store;

import dev.sluice.gateway.lifecycle.LifecyclePart;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.gateway.store.postgres.DatabasePools;
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
    DatabasePools databasePools(DatabaseProperties settings) {
        return new DatabasePools(settings.toSettings());
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
    Days days(DatabasePools pools, Clock clock, MeterRegistry meters) {
        Days days = new Days(pools.of(ConnectionUse.PRESENCE), pools.of(ConnectionUse.SWEEPS), clock);
        meters.gauge("sluice.days.ahead", days, Days::ahead);
        return days;
    }

    @Bean
    KindEraser kindEraser(DatabasePools pools) {
        return new KindEraser(pools.of(ConnectionUse.SWEEPS));
    }

    @Bean
    ConservationMetrics conservationMetrics(MeterRegistry meters) {
        return new ConservationMetrics(meters);
    }

    @Bean
    DispatchedSnapshots dispatchedSnapshots(MeterRegistry meters) {
        DispatchedSnapshots copies = new DispatchedSnapshots();
        meters.gauge("sluice.snapshots.copies", copies, DispatchedSnapshots::count);
        return copies;
    }

    /** For new requests; changes take it {@link RequestStore#on} their own use. */
    @Bean
    RequestStore requestStore(
            DatabasePools pools, DispatchedSnapshots copies, Clock clock, ConservationMetrics metrics) {
        return new RequestStore(pools, ConnectionUse.INTAKE, copies, clock, metrics);
    }

    @Bean
    Backlog backlog(DatabasePools pools, DispatchedSnapshots copies, Clock clock) {
        return new Backlog(pools.of(ConnectionUse.DISPATCH), copies, clock);
    }

    @Bean
    RequestReader requestReader(DatabasePools pools, Days days, MeterRegistry meters) {
        return new RequestReader(pools.of(ConnectionUse.CALLERS), days, meters);
    }

    @Bean
    RequestEvidence requestEvidence(DatabasePools pools) {
        return new RequestEvidence(pools.of(ConnectionUse.SWEEPS));
    }

    @Bean
    StoreGuard storeGuard(DatabasePools pools, Days days, StoreClock clock) {
        return new StoreGuard(pools.of(ConnectionUse.PRESENCE), days, clock, Schedulers.parallel());
    }

    @Bean
    LifecyclePart storePart(StoreGuard guard, DatabasePools pools) {
        return new LifecyclePart("store", guard::start, () -> guard.stop().then(pools.close()));
    }

    /** Named so that readiness includes it. */
    @Bean("store")
    StoreHealth storeHealth(StoreGuard guard, DatabasePools pools) {
        return new StoreHealth(guard, pools);
    }

    @Bean
    PoolMetrics poolMetrics(DatabasePools pools) {
        return new PoolMetrics(pools);
    }
}
