package dev.sluice.gateway.journal;

import static dev.sluice.gateway.bench.GatewayBench.SOON;
import static dev.sluice.gateway.bench.GatewayBench.queued;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.bench.FaultProxy;
import dev.sluice.bench.PostgresNode;
import dev.sluice.bench.RabbitNode;
import dev.sluice.gateway.bench.GatewayBench;
import dev.sluice.gateway.bench.TestGateway;
import dev.sluice.gateway.request.NewRequest;
import dev.sluice.queue.Topology;
import dev.sluice.queue.rabbit.RabbitBroker;
import dev.sluice.queue.rabbit.RabbitSettings;
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
    private final GatewayBench bench =
            GatewayBench.on(postgres, RabbitBroker.connect(RabbitSettings.of(node.address())));
    private final TestGateway gateway = bench.gateway(cutOff);

    @AfterEach
    void close() {
        bench.close();
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
        bench.publishAll(TestReports.wholeRuns(requests), 2);
        awaitReceived(0);

        for (int cut = 1; cut <= CUTS; cut++) {
            long before = cutOff.stats().received();
            proxy.resetPeer();
            awaitReceived(before);
        }
        postgres.restart();

        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(bench.count("from request where state = 20")).isEqualTo(REQUESTS));
        assertThat(GatewayBench.value(bench.broker().ready(Topology.dead().name())))
                .isZero();
        assertThat(gateway.counter("sluice.consistency.holes")).isZero();
    }

    /** The broker has handed out as many messages as it may at a time. */
    private void awaitReceived(long before) {
        long full = before + Topology.STATUS_SHARDS * ShardConsumer.PREFETCH;
        await().atMost(SOON).until(() -> cutOff.stats().received() >= full);
    }
}
