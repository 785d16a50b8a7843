package dev.sluice.gateway.store;

import static dev.sluice.gateway.testkit.GatewayTestkit.CLIENT;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.presence.Presence;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.store.postgres.ConnectionUse;
import dev.sluice.gateway.store.postgres.Database;
import dev.sluice.gateway.store.postgres.DatabasePools;
import dev.sluice.gateway.store.postgres.StoreUnavailableException;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** No use of Postgres takes the connections of another. */
class BulkheadIT {

    private static final String HELD_SQL = "select 1 from pg_advisory_xact_lock_shared(1)";

    private final GatewayTestkit testkit = GatewayTestkit.open();

    /** Holders hold until the end of the test, and nobody waits for long. */
    private final TestGateway gateway = testkit.gateway(Map.of(
            "sluice.database.max-connections",
            "14",
            "sluice.database.acquire-timeout",
            "1s",
            "sluice.database.statement-timeout",
            "5m"));

    private final Disposable.Swap holding = Disposables.swap();
    private Connection holder;

    @BeforeEach
    void hold() throws SQLException {
        holder = testkit.connect();
        try (Statement statement = holder.createStatement()) {
            statement.execute("select pg_advisory_lock(1)");
        }
    }

    @AfterEach
    void close() throws SQLException {
        holding.dispose();
        holder.close();
        testkit.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"CALLERS", "SWEEPS"})
    void doesTheWholeOfARequestWhileAnotherUseIsStuck(ConnectionUse stuck) {
        gateway.dispatching().journaling();
        hold(stuck);
        List<NewRequest> requests = waiting(1);

        gateway.submit(requests);
        awaitOne("from request where dispatched");
        testkit.report(
                new Report.Succeeded(requests.getFirst().id(), new Fence(1, 0), 1, Instant.now(), Payload.EMPTY));

        awaitOne("from request where state = 20");
        awaitRenewal();
    }

    @ParameterizedTest
    @EnumSource(names = {"JOURNAL", "DISPATCH", "PRESENCE"})
    void takesRequestsWhileTheWayBehindIsStuck(ConnectionUse stuck) {
        hold(stuck);

        gateway.insert(waiting(1));

        assertThat(testkit.count("from request")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"INTAKE", "JOURNAL", "DISPATCH"})
    void renewsItsLeasesWhileTheWayOfRequestsIsStuck(ConnectionUse stuck) {
        gateway.dispatching();
        hold(stuck);

        awaitRenewal();
    }

    @Test
    void refusesReadsWhoseConnectionsAreStuck() {
        List<NewRequest> requests = waiting(1);
        gateway.insert(requests);
        hold(ConnectionUse.CALLERS);

        StepVerifier.create(gateway.part(RequestReader.class)
                        .find(CLIENT, requests.getFirst().id()))
                .expectError(StoreUnavailableException.class)
                .verify(SOON);
    }

    /** All connections of {@code use} are in use, and stay so. */
    private void hold(ConnectionUse use) {
        Database database = gateway.part(DatabasePools.class).of(use);
        int all = database.metrics().getMaxAllocatedSize();
        // A slow machine may need longer than the acquire time-out to open them all at once.
        holding.update(Flux.range(0, all)
                .flatMap(_ -> database.query(HELD_SQL, _ -> {}, _ -> 1).retry(), all)
                .subscribe());
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                testkit.count("from pg_stat_activity where datname = current_database() and query = '"
                                        + HELD_SQL + "' and wait_event_type = 'Lock'"))
                        .isEqualTo(all));
    }

    private void awaitRenewal() {
        String since = testkit.query("select now()").getFirst();
        awaitOne("from gateway where renewed_at > '" + since + "'");
        // The claim is that of Presence.LEASE by Postgres' clock.
        awaitOne("from kind_owner where expires_at > timestamptz '" + since + "' + interval '"
                + Presence.LEASE.toMillis() + " ms'");
    }

    private void awaitOne(String found) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(testkit.count(found)).isEqualTo(1));
    }
}
