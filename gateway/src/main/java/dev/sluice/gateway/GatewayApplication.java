package dev.sluice.gateway;

import dev.sluice.gateway.broker.RabbitConfiguration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The gateway as a program of its own. It needs a Postgres and a RabbitMQ. */
@Command(
        name = "./sluice gateway",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Starts a gateway: HTTP in and out, owner of the requests' state in Postgres.",
        footer = {
            "",
            "Every setting is a key in YAML or an environment variable (sluice.database.url is SLUICE_DATABASE_URL);",
            "README.md lists them.",
            "",
            "Examples",
            "  SLUICE_DATABASE_URL=postgresql://db:5432/sluice SLUICE_BROKER_ADDRESSES=mq:5672 ./sluice gateway",
            "  ./sluice gateway --config gateway.yaml --port 9000"
        })
public final class GatewayApplication implements Callable<Integer> {

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "YAML with settings; without it ./sluice.yaml, where there is one")
    private @Nullable Path config;

    @Option(names = "--port", paramLabel = "N", description = "where the API listens (sluice.http.port)")
    private @Nullable Integer port;

    @Option(
            names = "--management-port",
            paramLabel = "N",
            description = "where health and metrics are served (sluice.management.port)")
    private @Nullable Integer managementPort;

    public static void main(String[] args) {
        int exit = new CommandLine(new GatewayApplication()).execute(args);
        if (exit != 0) {
            System.exit(exit);
        }
    }

    @Override
    public Integer call() {
        List<String> overrides = new ArrayList<>();
        if (port != null) {
            overrides.add("--sluice.http.port=" + port);
        }
        if (managementPort != null) {
            overrides.add("--sluice.management.port=" + managementPort);
        }
        return Launch.exitCodeOf(() -> start(overrides));
    }

    private ConfigurableApplicationContext start(List<String> overrides) {
        return Launch.of(config, Map.of(), RabbitConfiguration.class).run(overrides.toArray(String[]::new));
    }
}
