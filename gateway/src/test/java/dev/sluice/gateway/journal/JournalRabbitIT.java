package dev.sluice.gateway.journal;

import static dev.sluice.gateway.testkit.GatewayTestkit.SOON;
import static dev.sluice.gateway.testkit.GatewayTestkit.queued;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.request.NewRequest;
import dev.sluice.gateway.testkit.GatewayTestkit;
import dev.sluice.gateway.testkit.TestGateway;
import dev.sluice.queue.Topology;
import dev.sluice.queue.rabbit.RabbitBroker;
import dev.sluice.queue.rabbit.RabbitSettings;
import dev.sluice.testkit.FaultProxy;
import dev.sluice.testkit.PostgresNode;
import dev.sluice.testkit.RabbitNode;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Reports that wait in a real broker while both it and Postgres fail. */
class JournalRabbitIT {

    private static final int REQUESTS = 1_500;
    private static final int CUTS = 3;

    private final PostgresNode postgres = PostgresNode.start();
    private final RabbitNode node = RabbitNode.start();
    private final FaultProxy proxy = new FaultProxy(node.port(), 7);
    private final RabbitBroker cutOff = RabbitBroker.connect(RabbitSettings.of(proxy.address()));
    private final GatewayTestkit testkit =
            GatewayTestkit.on(postgres, RabbitBroker.connect(RabbitSettings.of(node.address())));
    private final TestGateway gateway = testkit.gateway(cutOff);

    @AfterEach
    void close() {
        testkit.close();
        cutOff.close().block(SOON);
        proxy.close();
        node.close();
        postgres.close();
    }

    @Test
    void givesUpNoReportWhereItsConnectionIsCutWhilePostgresIsAway() {
        gateway.journaling();
        List<NewRequest> requests = queued(REQUESTS);
        gateway.insert(requests);
        postgres.kill();
        testkit.publishAll(TestReports.wholeRuns(requests), 2);
        awaitReceived(0);

        for (int cut = 1; cut <= CUTS; cut++) {
            long before = cutOff.stats().received();
            proxy.resetPeer();
            awaitReceived(before);
        }
        postgres.restart();

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(testkit.count("from request where state = 20"))
                        .isEqualTo(REQUESTS));
        assertThat(GatewayTestkit.value(testkit.broker().ready(Topology.dead().name())))
                .isZero();
        assertThat(gateway.counter("sluice.consistency.holes")).isZero();
    }

    /** The broker has handed out as many messages as it may at a time. */
    private void awaitReceived(long before) {
        long full = before + Topology.STATUS_SHARDS * ShardConsumer.PREFETCH;
        await().atMost(SOON).until(() -> cutOff.stats().received() >= full);
    }
}
