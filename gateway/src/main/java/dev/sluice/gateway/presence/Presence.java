package dev.sluice.gateway.presence;

import dev.sluice.gateway.store.postgres.Database;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Shows that this gateway lives, by a row in table {@code gateway} that it renews every two seconds. Each time it
 * renews this gateway's copy of the living gateways and of the processors too.
 *
 * <p>A gateway whose row is older than {@link #LEASE} counts as dead, by Postgres' clock; {@link #dead} finds such
 * gateways for the sweeps. While Postgres is away no gateway can renew its row. So a gateway judges others only after
 * it has renewed its own row for a whole lease without a gap.
 */
public final class Presence {

    /** A gateway that did not renew its row for so long counts as dead, and its leases have ended. */
    public static final Duration LEASE = Duration.ofSeconds(6);

    private static final Logger log = LoggerFactory.getLogger(Presence.class);
    static final Duration INTERVAL = Duration.ofSeconds(2);

    private static final String RENEW_SQL = """
            with renewed as (
                insert into gateway (id, host, started_at, renewed_at, connected) values ($1, $2, now(), now(), $4)
                on conflict (id) do update set renewed_at = now(), connected = excluded.connected
            )
            select id, connected from gateway where renewed_at >= now() - $3 * interval '1 ms' and id <> $1
            union all select $1, $4""";

    private static final String FORGET_SQL = "delete from gateway where id = $1";

    private static final String DEAD_SQL = """
            select id, (extract(epoch from renewed_at) * 1000)::bigint from gateway
            where renewed_at < now() - $1 * interval '1 ms'""";

    private final GatewayIdentity identity;
    private final Database database;
    private final Processors processors;
    private final LivingGateways living;
    private final BrokerContact contact;
    private final Scheduler scheduler;
    private final Disposable.Swap renewing = Disposables.swap();
    private final RenewalRecord renewals = new RenewalRecord(LEASE, System::nanoTime);
    private volatile BooleanSupplier workInFlight = () -> false;

    /**
     * A gateway that died.
     *
     * @param renewedAtMs when it renewed its row last, by Postgres' clock
     */
    public record DeadGateway(UUID id, long renewedAtMs) {}

    public Presence(
            GatewayIdentity identity,
            Database database,
            Processors processors,
            LivingGateways living,
            BrokerContact contact,
            Scheduler scheduler) {
        this.identity = identity;
        this.database = database;
        this.processors = processors;
        this.living = living;
        this.contact = contact;
        this.scheduler = scheduler;
    }

    /** Writes the row of this gateway and goes on renewing it. */
    public Mono<Void> start() {
        return renew().doOnSuccess(_ -> renewing.update(Flux.interval(INTERVAL, scheduler)
                .onBackpressureDrop()
                .concatMap(_ -> renew().onErrorResume(Exception.class, Presence::failed), 1)
                .subscribe()));
    }

    /**
     * Keeps the row at a stop while something of this gateway is in flight: other gateways take it for dead a lease
     * later, and look after its work.
     *
     * @param workInFlight whether this gateway may have work that no other gateway knows of; asked at the stop
     */
    public void stayWhile(BooleanSupplier workInFlight) {
        this.workInFlight = workInFlight;
    }

    /**
     * Deletes the row of this gateway, so that no sweep looks for its work. To be called once its dispatcher has
     * stopped.
     */
    public Mono<Void> stop() {
        return Mono.defer(() -> {
            renewing.dispose();
            if (workInFlight.getAsBoolean()) {
                log.atWarn().addKeyValue("gateway", identity.id()).log("gateway.left_work");
                return Mono.empty();
            }
            return database.update(FORGET_SQL, statement -> statement.bind("$1", identity.id()))
                    .then();
        });
    }

    /** Whether this gateway may judge others: it has renewed its own row for a whole lease without a gap. */
    public boolean isSteady() {
        return renewals.isSteady();
    }

    /** Gateways that did not renew their row for the lease. */
    public Mono<List<DeadGateway>> dead() {
        return database.query(
                DEAD_SQL,
                statement -> statement.bind("$1", LEASE.toMillis()),
                row -> new DeadGateway(
                        Objects.requireNonNull(row.get(0, UUID.class)),
                        Objects.requireNonNull(row.get(1, Long.class))));
    }

    /** Deletes the row of a dead gateway, once its work was taken back. */
    public Mono<Void> bury(UUID gateway) {
        return database.update(FORGET_SQL, statement -> statement.bind("$1", gateway))
                .then();
    }

    private Mono<Void> renew() {
        boolean connected = contact.isThere();
        return database.query(
                        RENEW_SQL,
                        statement -> statement
                                .bind("$1", identity.id())
                                .bind("$2", identity.host())
                                .bind("$3", LEASE.toMillis())
                                .bind("$4", connected),
                        row -> new LivingGateways.Gateway(
                                Objects.requireNonNull(row.get(0, UUID.class)),
                                Boolean.TRUE.equals(row.get(1, Boolean.class))))
                .doOnNext(gateways -> {
                    renewals.renewed();
                    living.seen(gateways);
                })
                .then(processors.refresh());
    }

    private static Mono<Void> failed(Exception error) {
        log.atWarn().addKeyValue("reason", error.getMessage()).log("gateway.not_renewed");
        return Mono.empty();
    }
}
