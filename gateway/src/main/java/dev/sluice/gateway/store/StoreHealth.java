package dev.sluice.gateway.store;

import dev.sluice.gateway.store.postgres.Database;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether requests can be made durable here. Answers from the guard's latest look, so probes cost the database nothing.
 */
final class StoreHealth implements HealthIndicator {

    private final StoreGuard guard;
    private final Database database;

    StoreHealth(StoreGuard guard, Database database) {
        this.guard = guard;
        this.database = database;
    }

    @Override
    public Health health() {
        Health.Builder health = guard.objections().isEmpty() ? Health.up() : Health.down();
        health.withDetail("objections", guard.objections())
                .withDetail("daysAhead", guard.daysAhead())
                .withDetail("maxConnections", database.maxConnections());
        database.metrics()
                .ifPresent(pool -> health.withDetail("connections", pool.acquiredSize())
                        .withDetail("waiting", pool.pendingAcquireSize()));
        return health.build();
    }
}
