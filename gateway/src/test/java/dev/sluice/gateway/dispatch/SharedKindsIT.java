package dev.sluice.gateway.dispatch;

import static dev.sluice.gateway.testkit.GatewayTestkit.KIND;
import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.kind.KindProperties;
import dev.sluice.gateway.presence.KeyOwners;
import dev.sluice.gateway.presence.Presence;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.gateway.testkit.TestKinds;
import dev.sluice.message.Fence;
import dev.sluice.message.Payload;
import dev.sluice.message.Report;
import dev.sluice.message.WorkItem;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Living gateways share the kinds, and go on with those of a gateway that went. */
class SharedKindsIT extends DispatcherFixture {

    private static final int KINDS = 16;
    private static final Map<String, KindProperties> OTHERS = IntStream.range(1, KINDS)
            .boxed()
            .collect(Collectors.toMap(number -> "kind-" + number, _ -> TestKinds.kind(WINDOW)));
    private static final String VALID = " from kind_owner where expires_at > now()";

    @Test
    void sharesKindsEvenlyAsGatewaysComeAndGo() {
        TestGateway one = dispatching();
        awaitParts(one);
        TestGateway two = dispatching();
        awaitParts(one, two);
        TestGateway three = dispatching();
        awaitParts(one, two, three);

        one.die();
        awaitParts(two, three);

        two.close();
        awaitParts(three);
    }

    @Test
    void handsAKindOnWhileItsWindowIsFull() {
        List<TestGateway> gateways = loserAndOwner();
        TestGateway one = gateways.getFirst().dispatching();
        consume();
        one.submit(waiting(200));
        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(WINDOW));

        TestGateway other = gateways.getLast().dispatching();
        awaitOwner(other);
        other.journaling();
        List<WorkItem> running = items();
        testkit.report(running.stream().map(SharedKindsIT::succeeded).toArray(Report[]::new));

        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(2 * WINDOW));
        assertThat(items()).extracting(WorkItem::id).doesNotHaveDuplicates();
        assertThat(testkit.count("from request where gateway = '" + one.id() + "'"))
                .isEqualTo(WINDOW);
        assertThat(testkit.count("from request where state = 20")).isEqualTo(WINDOW);
        assertThat(testkit.count("from request where dispatched")).isEqualTo(WINDOW);
        assertThat(one.dispatcher().tryReserve(KIND)).isFalse();
    }

    /** It lives and does not dispatch: it starts, or Postgres refuses its claims. */
    @Test
    void takesAKindThatItsGatewayDoesNotClaim() {
        List<TestGateway> gateways = loserAndOwner();
        TestGateway one = gateways.getFirst().dispatching();
        awaitFastWay(one);

        GatewayTestkit.await(gateways.getLast().part(Presence.class).start());
        await().atMost(SOON).until(() -> testkit.count(VALID) == 0);
        assertThat(one.dispatcher().tryReserve(KIND)).isFalse();

        awaitOwner(one);
        one.submit(waiting(1));
        consume();
        await().atMost(SOON).untilAsserted(() -> assertThat(items()).hasSize(1));
    }

    /** Of neither is anything started; the kind falls to the second one as soon as both live. */
    private List<TestGateway> loserAndOwner() {
        TestGateway one = testkit.gateway();
        TestGateway other = testkit.gateway();
        return KeyOwners.ownerOf(KIND, one.id(), other.id()).equals(other.id())
                ? List.of(one, other)
                : List.of(other, one);
    }

    private void awaitOwner(TestGateway owner) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(testkit.query("select gateway" + VALID))
                        .containsExactly(owner.id().toString()));
    }

    private TestGateway dispatching() {
        TestGateway gateway = testkit.gateway();
        GatewayTestkit.await(gateway.kinds().configure(OTHERS));
        return gateway.dispatching();
    }

    /** Each kind has an owner among these, and the parts are even. */
    private void awaitParts(TestGateway... gateways) {
        Integer[] even = IntStream.range(0, gateways.length)
                .mapToObj(i -> (KINDS + i) / gateways.length)
                .toArray(Integer[]::new);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(Arrays.stream(gateways)
                                .map(gateway -> (int) testkit.count(VALID + " and gateway = '" + gateway.id() + "'")))
                        .containsExactlyInAnyOrder(even));
    }

    private static Report succeeded(WorkItem item) {
        return new Report.Succeeded(item.id(), new Fence(item.dispatch(), 0), 1, Instant.now(), Payload.EMPTY);
    }
}
