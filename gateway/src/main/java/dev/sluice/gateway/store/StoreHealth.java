package dev.sluice.gateway.store;

import dev.sluice.gateway.store.postgres.DatabasePools;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether requests can be made durable here. Answers from the guard's latest look, so probes cost the database nothing.
 */
final class StoreHealth implements HealthIndicator {

    private final StoreGuard guard;
    private final DatabasePools pools;

    StoreHealth(StoreGuard guard, DatabasePools pools) {
        this.guard = guard;
        this.pools = pools;
    }

    @Override
    public Health health() {
        Health.Builder health = guard.objections().isEmpty() ? Health.up() : Health.down();
        health.withDetail("objections", guard.objections())
                .withDetail("daysAhead", guard.daysAhead())
                .withDetail("maxConnections", pools.maxConnections())
                .withDetail("connections", pools.acquired())
                .withDetail("waiting", pools.waiting());
        return health.build();
    }
}
