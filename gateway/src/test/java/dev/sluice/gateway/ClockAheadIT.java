package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.broker.RabbitConfiguration;
import dev.sluice.testkit.FreePorts;
import dev.sluice.testkit.PostgresNode;
import dev.sluice.testkit.RabbitNode;
import java.net.URI;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** Two gateways in this JVM, one on a machine whose clock is an hour ahead and jumps, and a processor. */
class ClockAheadIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    private final RabbitNode rabbit = RabbitNode.start();
    private final PostgresNode postgres = PostgresNode.shared();
    private final String database = postgres.freshDatabase();
    private volatile Duration ahead = Duration.ofHours(1);
    private final List<ConfigurableApplicationContext> gateways = new ArrayList<>();

    @AfterEach
    void close() {
        gateways.forEach(ConfigurableApplicationContext::close);
        rabbit.close();
    }

    @Test
    void changesNoTimeOfARequest() throws SQLException {
        Api right = gateway(Clock.systemUTC());
        InstantSource wrong = () -> Instant.now().plus(ahead);
        Api wrongApi = gateway(wrong.withZone(ZoneOffset.UTC));
        List<String> ids = new ArrayList<>();
        List<Instant> accepted = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(wrongApi.submit("flaky", "{\"failures\":2}"));
            accepted.add(Instant.now());
            ids.add(right.submit("flaky", "{\"failures\":2}"));
            accepted.add(Instant.now());
            ahead = ahead.plusHours(3);
        }

        for (int i = 0; i < ids.size(); i++) {
            assertThat(instant("select created_at from request where id = '" + uuid(ids.get(i)) + "'"))
                    .isCloseTo(accepted.get(i), within(1, ChronoUnit.SECONDS));
        }
        assertThat(query("select distinct expires_at - created_at from request"))
                .containsExactly("7 days");
        assertThat(query("select count(*) from request where id not between "
                        + "sluice_first_id(created_at - interval '1 second') and "
                        + "sluice_first_id(created_at + interval '1 second')"))
                .containsExactly("0");
        try (GatewayProcess processor = GatewayProcess.processor(
                Map.of("SLUICE_BROKER_ADDRESSES", rabbit.address(), "SLUICE_PROCESSOR_SAMPLES", "true"))) {
            assertThat(processor.isRunning()).isTrue();
            // Twice retried, each with a due time that a gateway has set.
            ids.forEach(id -> await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(Api.text(right.get(Api.path(id)))).contains("SUCCEEDED")));
        }
        assertThat(query("select count(*) from request where done_at > now() or done_at < created_at"))
                .containsExactly("0");
    }

    private Api gateway(Clock machine) {
        List<Integer> ports = FreePorts.some(2);
        Map<String, Object> settings = Map.of(
                "sluice.broker.addresses",
                rabbit.address(),
                "sluice.database.url",
                "postgresql://" + PostgresNode.HOST + ":" + postgres.port() + "/" + database,
                "sluice.database.username",
                PostgresNode.USER,
                "sluice.database.password",
                PostgresNode.PASSWORD,
                "sluice.kinds.flaky.window",
                "8",
                "sluice.kinds.flaky.retention",
                "7d",
                "sluice.http.port",
                ports.get(0),
                "sluice.management.port",
                ports.get(1));
        SpringApplication application = Launch.of(null, settings, RabbitConfiguration.class);
        application.addInitializers(context -> context.addBeanFactoryPostProcessor(factory -> {
            BeanDefinitionRegistry registry = (BeanDefinitionRegistry) factory;
            registry.removeBeanDefinition("machineClock");
            registry.registerBeanDefinition("machineClock", new RootBeanDefinition(Clock.class, () -> machine));
        }));
        gateways.add(application.run());
        Api api = new Api(URI.create("http://127.0.0.1:" + ports.get(0)));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(Api.text(api.get("/v1/kinds"))).contains("flaky"));
        return api;
    }

    private static String uuid(String id) {
        return id.substring("req_".length());
    }

    private Instant instant(String sql) throws SQLException {
        return Instant.ofEpochMilli(Long.parseLong(query("select (extract(epoch from (" + sql + ")) * 1000)::bigint")
                .getFirst()));
    }

    private List<String> query(String sql) throws SQLException {
        return postgres.query(database, sql);
    }
}
