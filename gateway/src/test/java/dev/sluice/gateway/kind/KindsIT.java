package dev.sluice.gateway.kind;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.gateway.testkit.TestKinds;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The testkit configures one kind; two more may come by offer. */
class KindsIT {

    private static final Set<String> MANY = IntStream.range(0, 10_000)
            .mapToObj(number -> "offered-%05d".formatted(number))
            .collect(Collectors.toSet());

    private final GatewayTestkit testkit = GatewayTestkit.open();
    private final TestGateway gateway = testkit.gateway(Map.of("sluice.max-kinds", "3"));
    private final Kinds kinds = gateway.kinds();
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();

    @BeforeEach
    void listen() {
        said.start();
        logger().addAppender(said);
    }

    @AfterEach
    void close() {
        logger().detachAppender(said);
        testkit.close();
    }

    @Test
    void takesNoMoreOffersThanThereIsRoomAndSaysWhatToDo() {
        offer(MANY);
        offer(MANY);

        assertThat(names()).containsExactlyInAnyOrder(GatewayTestkit.KIND, "offered-00000", "offered-00001");
        assertThat(testkit.count("from kind")).isEqualTo(3);
        assertThat(kinds.find("offered-00002")).isEmpty();
        assertThat(said.list).extracting(ILoggingEvent::getMessage).containsExactly("kinds.refused");
        assertThat(said.list.getFirst().getKeyValuePairs().toString()).contains("raise sluice.max-kinds");
    }

    @Test
    void takesConfiguredKindsBeyondTheBound() {
        offer(MANY);

        GatewayTestkit.await(kinds.configure(Map.of("one", TestKinds.kind(1), "other", TestKinds.kind(1))));

        assertThat(names()).hasSize(5).contains("one", "other");
    }

    @Test
    void takesARefusedOfferOnceThereIsRoom() {
        offer(MANY);
        testkit.execute("delete from kind where name = 'offered-00001'");
        GatewayTestkit.await(kinds.refresh());

        offer(Set.of("offered-00777"));

        assertThat(names()).containsExactlyInAnyOrder(GatewayTestkit.KIND, "offered-00000", "offered-00777");
    }

    /** Another gateway may have taken the room meanwhile. */
    @Test
    void keepsTheBoundWithKindsThatItDoesNotKnowYet() {
        TestGateway other = testkit.gateway(Map.of("sluice.max-kinds", "3"));
        offer(Set.of("mine-0", "mine-1"));

        GatewayTestkit.await(other.kinds().offer(Set.of("theirs")));

        assertThat(testkit.count("from kind")).isEqualTo(3);
    }

    private void offer(Set<String> names) {
        GatewayTestkit.await(kinds.offer(names));
    }

    private List<String> names() {
        return kinds.all().stream().map(KindPolicy::name).toList();
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(Kinds.class);
    }
}
