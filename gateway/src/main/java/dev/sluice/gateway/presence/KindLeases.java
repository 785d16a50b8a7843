package dev.sluice.gateway.presence;

import dev.sluice.gateway.store.postgres.Database;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/**
 * The leases of the kinds that this gateway dispatches. One gateway owns a kind, until its lease ends by Postgres'
 * clock. After a lost lease two gateways may dispatch a kind for a moment: its window may be exceeded then, but never
 * the processing tokens of a processor.
 *
 * <pre>
 * free      no row, or its lease is over           → claimed by the gateway in whose share it is
 * owned     its lease is renewed                   → free, when it is in the share of another gateway, or at a stop
 * forsaken  free for a whole lease: the gateway
 *           in whose share it is does not claim it → claimed by any gateway, for {@link #SUBSTITUTION}
 * </pre>
 *
 * <p>A kind in the share of another gateway is let go in order: this gateway owns it no more, then its lease ends, then
 * the other one claims it. Thread-safe.
 */
public final class KindLeases {

    /** The owner stops a second before another gateway may begin. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    /** After that the gateway in whose share a forsaken kind is has another chance. */
    private static final Duration SUBSTITUTION = Duration.ofMinutes(1);

    /**
     * Ends the leases of kinds that are not wanted, renews and claims those that are, and claims forsaken ones. A kind
     * that never had an owner gets a lease that is over, so that it is forsaken a lease later. Rows that others own are
     * not touched, so that nobody waits for them.
     */
    private static final String CLAIM_SQL = """
            with let_go as (
                update kind_owner set expires_at = now()
                where gateway = $2 and expires_at > now() and kind <> all($1::text[])
            ), claimed as (
                insert into kind_owner (kind, gateway, expires_at)
                select kind, $2, now() + $3 * interval '1 ms' from unnest($1::text[]) as t(kind)
                where not exists (
                    select from kind_owner o where o.kind = t.kind and o.gateway <> $2 and o.expires_at >= now())
                on conflict (kind) do update set gateway = excluded.gateway, expires_at = excluded.expires_at
                where kind_owner.gateway = excluded.gateway or kind_owner.expires_at < now()
                returning kind
            ), without_owner as (
                insert into kind_owner (kind, gateway, expires_at)
                select kind, $2, now() from unnest($4::text[]) as t(kind)
                where not exists (select from kind_owner o where o.kind = t.kind)
                on conflict do nothing
            ), forsaken as (
                update kind_owner set gateway = $2, expires_at = now() + $3 * interval '1 ms'
                where kind in (
                    select kind from kind_owner
                    where kind = any($4::text[]) and expires_at < now() - $3 * interval '1 ms'
                    for update skip locked)
                returning kind
            )
            select kind, false from claimed union all select kind, true from forsaken""";

    private static final String RELEASE_SQL = "delete from kind_owner where gateway = $1";

    private final UUID gateway;
    private final LivingGateways living;
    private final Database database;
    private final Map<String, Long> substitutedNanos = new HashMap<>();
    private volatile Owned owned = new Owned(Set.of(), 0);
    private Mono<Set<String>> lastClaim = Mono.empty();
    private boolean released;

    /** The owned kinds, and the end of their leases by this gateway's monotonic clock. */
    private record Owned(Set<String> kinds, long untilNanos) {

        Owned among(Set<String> wanted) {
            return new Owned(kinds.stream().filter(wanted::contains).collect(Collectors.toSet()), untilNanos);
        }
    }

    private record Claimed(String kind, boolean forsaken) {}

    public KindLeases(UUID gateway, LivingGateways living, Database database) {
        this.gateway = gateway;
        this.living = living;
        this.database = database;
    }

    public boolean owns(String kind) {
        Owned now = owned;
        return now.kinds.contains(kind) && System.nanoTime() - now.untilNanos < 0;
    }

    /**
     * Renews the leases of this gateway, takes kinds without an owner, and lets kinds go that are in the share of
     * another gateway. For one claim at a time.
     *
     * @param kinds all kinds; none if this gateway cannot dispatch now, so that it lets go of all
     * @return all owned kinds; none after {@link #release}
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
        Set<String> wanted = wanted(kinds);
        owned = owned.among(wanted);
        lastClaim = claimed(wanted, kinds).cache();
        return lastClaim;
    }

    private synchronized Mono<Set<String>> end() {
        released = true;
        owned = new Owned(Set.of(), 0);
        return lastClaim;
    }

    /** This gateway's share, and the forsaken kinds that it took not long ago. */
    private Set<String> wanted(Collection<String> kinds) {
        Set<String> wanted = new HashSet<>(living.share(kinds));
        substitutedNanos.keySet().retainAll(kinds);
        substitutedNanos.keySet().removeAll(wanted);
        substitutedNanos.values().removeIf(since -> System.nanoTime() - since > SUBSTITUTION.toNanos());
        wanted.addAll(substitutedNanos.keySet());
        return wanted;
    }

    private synchronized Set<String> own(List<Claimed> claimed, long untilNanos) {
        if (released) {
            return Set.of();
        }
        claimed.stream().filter(Claimed::forsaken).forEach(each -> substitutedNanos.put(each.kind, System.nanoTime()));
        owned = new Owned(claimed.stream().map(Claimed::kind).collect(Collectors.toUnmodifiableSet()), untilNanos);
        return owned.kinds;
    }

    private Mono<Set<String>> claimed(Set<String> wanted, Collection<String> kinds) {
        long until = System.nanoTime() + Presence.LEASE.minus(MARGIN).toNanos();
        return database.query(
                        CLAIM_SQL,
                        statement -> statement
                                .bind("$1", wanted.stream().sorted().toArray(String[]::new))
                                .bind("$2", gateway)
                                .bind("$3", Presence.LEASE.toMillis())
                                .bind(
                                        "$4",
                                        kinds.stream()
                                                .filter(kind -> !wanted.contains(kind))
                                                .sorted()
                                                .toArray(String[]::new)),
                        row -> new Claimed(
                                Objects.requireNonNull(row.get(0, String.class)),
                                Boolean.TRUE.equals(row.get(1, Boolean.class))))
                .map(rows -> own(rows, until));
    }
}
