package dev.sluice.gateway.presence;

import dev.sluice.gateway.store.postgres.Database;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import reactor.core.publisher.Mono;

/**
 * The leases of the kinds that this gateway dispatches. One gateway owns a kind, until its lease ends by Postgres'
 * clock. After a lost lease two gateways may dispatch a kind for a moment: its window may be exceeded then, but never
 * the processing tokens of a processor.
 */
public final class KindLeases {

    /** The owner stops a second before another gateway may begin. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private static final String CLAIM_SQL = """
            insert into kind_owner (kind, gateway, expires_at)
            select kind, $2, now() + $3 * interval '1 ms' from unnest($1::text[]) as t(kind)
            on conflict (kind) do update set gateway = excluded.gateway, expires_at = excluded.expires_at
            where kind_owner.gateway = excluded.gateway or kind_owner.expires_at < now()
            returning kind""";

    private static final String RELEASE_SQL = "delete from kind_owner where gateway = $1";

    private final UUID gateway;
    private final Database database;
    private volatile Owned owned = new Owned(Set.of(), 0);
    private Mono<Set<String>> lastClaim = Mono.empty();
    private boolean released;

    /** The owned kinds, and the end of their leases by this gateway's monotonic clock. */
    private record Owned(Set<String> kinds, long untilNanos) {}

    public KindLeases(UUID gateway, Database database) {
        this.gateway = gateway;
        this.database = database;
    }

    public boolean owns(String kind) {
        Owned now = owned;
        return now.kinds.contains(kind) && System.nanoTime() - now.untilNanos < 0;
    }

    /**
     * Renews the leases of this gateway and takes kinds without an owner. Gives all owned kinds; none after {@link
     * #release}.
     */
    public Mono<Set<String>> claim(Collection<String> kinds) {
        return Mono.defer(() -> begin(kinds));
    }

    /**
     * Gives up all kinds for good, so that other gateways can take them at once. It waits for a claim that is on its
     * way, because that claim would take the kinds again.
     */
    public Mono<Void> release() {
        return Mono.defer(this::end)
                .onErrorComplete(Exception.class)
                .then(Mono.defer(() -> database.update(RELEASE_SQL, statement -> statement.bind("$1", gateway))))
                .then();
    }

    private synchronized Mono<Set<String>> begin(Collection<String> kinds) {
        if (released) {
            return Mono.just(Set.of());
        }
        lastClaim = claimed(kinds).cache();
        return lastClaim;
    }

    private synchronized Mono<Set<String>> end() {
        released = true;
        owned = new Owned(Set.of(), 0);
        return lastClaim;
    }

    private synchronized void own(Set<String> kinds, long untilNanos) {
        if (!released) {
            owned = new Owned(kinds, untilNanos);
        }
    }

    private Mono<Set<String>> claimed(Collection<String> kinds) {
        long until = System.nanoTime() + Presence.LEASE.minus(MARGIN).toNanos();
        return database.query(
                        CLAIM_SQL,
                        statement -> statement
                                .bind("$1", kinds.stream().sorted().toArray(String[]::new))
                                .bind("$2", gateway)
                                .bind("$3", Presence.LEASE.toMillis()),
                        row -> Objects.requireNonNull(row.get(0, String.class)))
                .map((List<String> rows) -> Set.copyOf(rows))
                .doOnNext(owned -> own(owned, until));
    }
}
