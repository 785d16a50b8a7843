package dev.sluice.gateway.store.postgres;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToIntFunction;

/**
 * The connections to Postgres, by use. Law: {@code allocated = acquired + idle}, and {@code acquired} is 0 while
 * nothing is written or read. Alert when {@code waiting} is above 0 for a minute: statements are slower than they come.
 */
public final class PoolMetrics implements MeterBinder {

    private final DatabasePools pools;

    public PoolMetrics(DatabasePools pools) {
        this.pools = pools;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (ConnectionUse use : ConnectionUse.values()) {
            bind(registry, use);
        }
    }

    private void bind(MeterRegistry registry, ConnectionUse use) {
        gauge(registry, use, "acquired", io.r2dbc.pool.PoolMetrics::acquiredSize);
        gauge(registry, use, "idle", io.r2dbc.pool.PoolMetrics::idleSize);
        gauge(registry, use, "allocated", io.r2dbc.pool.PoolMetrics::allocatedSize);
        gauge(registry, use, "waiting", io.r2dbc.pool.PoolMetrics::pendingAcquireSize);
        gauge(registry, use, "max", io.r2dbc.pool.PoolMetrics::getMaxAllocatedSize);
    }

    private void gauge(
            MeterRegistry registry, ConnectionUse use, String name, ToIntFunction<io.r2dbc.pool.PoolMetrics> value) {
        Gauge.builder(
                        "sluice.pool.connections." + name,
                        pools.of(use),
                        database -> value.applyAsInt(database.metrics()))
                .tag("use", use.tag())
                .register(registry);
    }
}
