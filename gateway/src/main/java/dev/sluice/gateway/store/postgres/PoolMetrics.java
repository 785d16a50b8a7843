package dev.sluice.gateway.store.postgres;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToIntFunction;

/**
 * The connections to Postgres. Law: {@code allocated = acquired + idle}, and {@code acquired} is 0 while nothing is
 * written or read. Alert when {@code waiting} is above 0 for a minute: statements are slower than they come.
 */
public final class PoolMetrics implements MeterBinder {

    private final Database database;

    public PoolMetrics(Database database) {
        this.database = database;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge(registry, "acquired", io.r2dbc.pool.PoolMetrics::acquiredSize);
        gauge(registry, "idle", io.r2dbc.pool.PoolMetrics::idleSize);
        gauge(registry, "allocated", io.r2dbc.pool.PoolMetrics::allocatedSize);
        gauge(registry, "waiting", io.r2dbc.pool.PoolMetrics::pendingAcquireSize);
        gauge(registry, "max", io.r2dbc.pool.PoolMetrics::getMaxAllocatedSize);
    }

    private void gauge(MeterRegistry registry, String name, ToIntFunction<io.r2dbc.pool.PoolMetrics> value) {
        Gauge.builder(
                        "sluice.pool.connections." + name,
                        database,
                        source -> source.metrics().map(value::applyAsInt).orElse(0))
                .register(registry);
    }
}
