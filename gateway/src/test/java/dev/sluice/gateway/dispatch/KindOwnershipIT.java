package dev.sluice.gateway.dispatch;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.presence.LivingGateways;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.message.WorkItem;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One gateway dispatches a kind, by a lease. */
class KindOwnershipIT extends DispatcherFixture {

    @Test
    void letsOneOfTwoGatewaysDispatchAKind() {
        TestGateway one = testkit.gateway().dispatching();
        TestGateway other = testkit.gateway().dispatching();
        awaitSettled(one, other);
        consume();

        one.submit(waiting(20));
        other.submit(waiting(20));

        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(40));
        assertThat(testkit.query("select distinct gateway from request")).hasSize(1);
        assertThat(items()).extracting(WorkItem::id).doesNotHaveDuplicates();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(List.of(
                                one.dispatcher().tryReserve(KIND),
                                other.dispatcher().tryReserve(KIND)))
                        .containsExactlyInAnyOrder(true, false));
    }

    /** Both know of each other, and the one to which the kind falls owns it. */
    private void awaitSettled(TestGateway one, TestGateway other) {
        await().atMost(SOON)
                .until(() -> Stream.of(one, other)
                        .allMatch(gateway -> gateway.part(LivingGateways.class).hasOthers()));
        TestGateway owner = one.part(LivingGateways.class).share(List.of(KIND)).isEmpty() ? other : one;
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(testkit.query("select gateway from kind_owner where expires_at > now()"))
                                .containsExactly(owner.id().toString()));
    }

    @Test
    void takesOverFromAGatewayThatDied() {
        TestGateway owner = testkit.gateway().dispatching();
        awaitFastWay(owner);
        TestGateway other = testkit.gateway().dispatching();
        consume();

        owner.die();
        other.submit(waiting(5));

        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(5));
        assertThat(testkit.query("select distinct gateway::text from request"))
                .containsExactly(other.id().toString());
    }

    @Test
    void leavesItsKindsWhenItStops() {
        TestGateway owner = testkit.gateway().dispatching();
        awaitFastWay(owner);

        owner.close();

        assertThat(testkit.count("from kind_owner")).isZero();
        assertThat(owner.dispatcher().tryReserve(KIND)).isFalse();
    }

    /** A table that is locked holds up the counts; leases that end meanwhile would stop dispatch for others, too. */
    @Test
    void renewsItsLeasesWhileACountIsHeldUp() throws SQLException {
        testkit.gateway().dispatching();
        try (Connection other = testkit.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table request in access exclusive mode");
            String waiting = "select query_start from pg_stat_activity where wait_event_type = 'Lock'"
                    + " and query like 'select kind, state%' and datname = current_database()";
            await().atMost(SOON).until(() -> !testkit.query(waiting).isEmpty());
            String count = testkit.query(waiting).getFirst();
            Set<String> leases = new HashSet<>();

            await().atMost(SOON).until(() -> {
                leases.addAll(testkit.query("select expires_at from kind_owner"));
                return leases.size() > 2;
            });

            assertThat(testkit.query(waiting)).containsExactly(count);
            other.rollback();
        }
    }

    /** A claim that was on its way once took the kinds again after they were given away, for the whole of a lease. */
    @Test
    void leavesItsKindsEvenIfItWasJustClaimingThem() throws SQLException {
        testkit.execute("create function hold() returns trigger language plpgsql as"
                + " 'begin perform pg_advisory_xact_lock(6); return new; end'");
        testkit.execute("create trigger hold before insert on kind_owner for each row execute function hold()");
        try (Connection other = testkit.connect();
                Statement statement = other.createStatement()) {
            statement.execute("select pg_advisory_lock(6)");
            TestGateway gateway = testkit.gateway();
            gateway.dispatcher().start().subscribe();
            awaitClaim();

            CompletableFuture<@Nullable Void> stopped =
                    gateway.dispatcher().stop().toFuture();
            awaitClaim();
            assertThat(stopped).isNotDone();
            statement.execute("select pg_advisory_unlock(6)");
            stopped.join();
        }

        assertThat(testkit.count("from kind_owner")).isZero();
    }

    private void awaitClaim() {
        await().atMost(SOON)
                .until(() -> testkit.count("from pg_stat_activity where datname = current_database()"
                                + " and wait_event_type = 'Lock' and query like '%into kind_owner%'")
                        == 1);
    }
}
